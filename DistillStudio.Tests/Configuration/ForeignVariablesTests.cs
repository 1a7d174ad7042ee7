using DistillStudio.Configuration;

namespace DistillStudio.Tests.Configuration;

public class ForeignVariablesTests
{
    [Theory]
    [InlineData("Kestrel__Limits__MaxRequestBodySize")]
    [InlineData("ASPNETCORE_Kestrel__Limits__MaxRequestBodySize")]
    [InlineData("Kestrel__Certificates__Other__Path")]
    [InlineData("DOTNET_Kestrel__EndpointDefaults__Protocols")]
    [InlineData("Logging__LogLevl__Default")]
    [InlineData("Logging__EventLog__LogLevel__Default")]
    [InlineData("ASPNETCORE_Logging__LogLevel__Default")]
    [InlineData("ASPNETCORE_FORWARDEDHEADERS_ENABLED")]
    [InlineData("ASPNETCORE_HTTPS_PORTS")]
    public void Note_SettingOfOtherPrograms_IsNamed(string variable) =>
        Assert.StartsWith(
            $"{variable} is not read; the studio is set with", ForeignVariables.Note([variable, "PATH"]), StringComparison.Ordinal);

    [Theory]
    [InlineData("ASPNETCORE_URLS")]
    [InlineData("kestrel__endpoints__http__url")]
    public void Note_Address_TellsItsFlag(string variable) =>
        Assert.Equal($"{variable} is not read; give the studio's addresses with --urls.", ForeignVariables.Note([variable]));

    [Theory]
    [InlineData("Logging__LogLevel__Default")]
    [InlineData("Logging__Console__FormatterName")]
    [InlineData("Kestrel__Certificates__Default__Path")]
    [InlineData("ASPNETCORE_Kestrel__Certificates__Default__Password")]
    [InlineData("ASPNETCORE_ENVIRONMENT")]
    [InlineData("ASPNETCORE_HTTP_PORTS")]
    [InlineData("DistillStudio__Port")]
    [InlineData("DOTNET_ROOT")]
    [InlineData("DOTNET_gcServer")]
    [InlineData("URLS")]
    public void Note_WhatIsReadOrSetForEveryProgram_IsNotReported(string variable) => Assert.Null(ForeignVariables.Note([variable]));
}
