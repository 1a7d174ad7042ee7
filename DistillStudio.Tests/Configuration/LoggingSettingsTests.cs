using DistillStudio.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DistillStudio.Tests.Configuration;

public class LoggingSettingsTests
{
    /// <summary>A page that is drawn while the program ends loses its services, which is no failure of it.</summary>
    [Theory]
    [InlineData("Microsoft.AspNetCore.Components.Server.Circuits.RemoteRenderer", false)]
    [InlineData("Microsoft.AspNetCore.Components.Server.Circuits.CircuitHost", false)]
    [InlineData("DistillStudio.Jobs.RunWorker", true)]
    public void AddStudioLogging_ProgramStops_DropsTheFailuresOfPagesAlone(string category, bool isToldToTheEnd)
    {
        bool isStopping = false;
        using ServiceProvider services = new ServiceCollection()
            .AddLogging(logging => logging.AddStudioLogging(null, () => isStopping))
            .BuildServiceProvider();
        ILogger log = services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

        Assert.Equal((true, false), (log.IsEnabled(LogLevel.Warning), log.IsEnabled(LogLevel.Information)));
        isStopping = true;
        Assert.Equal(isToldToTheEnd, log.IsEnabled(LogLevel.Error));
    }
}
