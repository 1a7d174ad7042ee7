using System.Reflection;
using Microsoft.Extensions.Logging.Console;

namespace DistillStudio.Configuration;

/// <summary>
/// The section <c>Logging</c>, in .NET's form: <c>LogLevel</c> by category, and the options of <c>Console</c>, the only provider.
/// </summary>
internal static class LoggingSettings
{
    public const string Section = "Logging";

    private const string Pages = "Microsoft.AspNetCore.Components.Server.Circuits";
    private const string Levels = "LogLevel";
    private const string ConsoleProvider = "Console";

    private static readonly Dictionary<string, Type> Formatters = new(StringComparer.OrdinalIgnoreCase)
    {
        [ConsoleFormatterNames.Simple] = typeof(SimpleConsoleFormatterOptions),
        [ConsoleFormatterNames.Systemd] = typeof(ConsoleFormatterOptions),
        [ConsoleFormatterNames.Json] = typeof(JsonConsoleFormatterOptions),
    };

    /// <summary>The parts of the section that are read.</summary>
    public static IReadOnlyList<string> Parts { get; } = [Levels, ConsoleProvider];

    /// <summary>Returns the valid entries of one source; adds a sentence for each invalid one.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Read(ConfigurationSource source, List<string> problems)
    {
        IConfigurationSection logging = source.Values.GetSection(Section);
        IConfigurationSection console = logging.GetSection(ConsoleProvider);
        if (source.File is not null) // variables may be meant for other programs
        {
            problems.AddRange(logging.GetChildren()
                .Where(child => !child.Key.Equals(Levels, StringComparison.OrdinalIgnoreCase)
                    && !child.Key.Equals(ConsoleProvider, StringComparison.OrdinalIgnoreCase))
                .Select(child => $"{source.PlaceOf(child.Path)} is not read; use {Levels} and {ConsoleProvider}."));
        }

        CheckLevels(source, logging, problems);
        CheckLevels(source, console, problems);
        CheckConsole(source, console, problems);
        return new[] { logging.GetSection(Levels), console }.SelectMany(section => section.AsEnumerable()).Where(
            entry => entry.Value is not null);
    }

    /// <summary>
    /// Sets up logging to standard error. Levels can be changed by <paramref name="configuration"/>, except those whose messages hold
    /// sign-in links.
    /// </summary>
    /// <param name="logging">The host's logging.</param>
    /// <param name="configuration">The section <c>Logging</c> is read from here; null for the levels below.</param>
    /// <param name="isStopping">True once the program ends: a page that is still being drawn then fails for want of its services.</param>
    public static void AddStudioLogging(this ILoggingBuilder logging, IConfiguration? configuration, Func<bool> isStopping)
    {
        const string Requests = "Microsoft.AspNetCore.Hosting.Diagnostics"; // lower levels log full URLs, including sign-in links
        logging
            .SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical) // the caller reports failed starts
            .AddFilter(Pages, level => level >= LogLevel.Warning && !isStopping())
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None) // the response reports the status
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error); // storing the keys in a folder is intended
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = ConsoleFormatterNames.Simple);
        logging.Services.Configure<SimpleConsoleFormatterOptions>(format => format.SingleLine = true);
        if (configuration is not null)
        {
            logging.AddConfiguration(configuration.GetSection(Section));
        }

        logging
            .AddConsole()
            .AddFilter(Requests, LogLevel.Warning)
            .AddFilter<ConsoleLoggerProvider>(Requests, LogLevel.Warning); // a rule of the provider would override the other
        logging.Services.PostConfigure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static void CheckLevels(ConfigurationSource source, IConfigurationSection section, List<string> problems)
    {
        IConfigurationSection levels = section.GetSection(Levels);
        if (levels.Value is not null)
        {
            problems.Add($"{source.PlaceOf(levels.Path)} {levels.Value}: name the category too, "
                + $"such as {source.PlaceOf($"{levels.Path}:Default")}.");
        }

        problems.AddRange(levels.GetChildren()
            .Where(level => !Enum.TryParse(level.Value, ignoreCase: true, out LogLevel parsed) || !Enum.IsDefined(parsed))
            .Select(level => $"{source.PlaceOf(level.Path)} {level.Value} is not a log level; "
                + $"use {string.Join(", ", Enum.GetNames<LogLevel>())}."));
    }

    private static void CheckConsole(ConfigurationSource source, IConfigurationSection console, List<string> problems)
    {
        string formatter = console[nameof(ConsoleLoggerOptions.FormatterName)] ?? ConsoleFormatterNames.Simple;
        if (!Formatters.TryGetValue(formatter, out Type? options))
        {
            problems.Add(
                $"{source.PlaceOf($"{console.Path}:{nameof(ConsoleLoggerOptions.FormatterName)}")} {formatter} is not a formatter; "
                    + $"use {string.Join(", ", Formatters.Keys)}.");
            return;
        }

        Check(source, console, typeof(ConsoleLoggerOptions), problems);
        Check(source, console.GetSection("FormatterOptions"), options, problems);
    }

    /// <summary>Binds the section as the logger will, to find values that it cannot convert.</summary>
    private static void Check(ConfigurationSource source, IConfigurationSection section, Type options, List<string> problems)
    {
        try
        {
            _ = section.Get(options);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or TargetInvocationException)
        {
            IConfigurationSection wrong = section.GetChildren().FirstOrDefault(child =>
                e.Message.Contains($"'{child.Path}'", StringComparison.OrdinalIgnoreCase)) ?? section;
            problems.Add($"{source.PlaceOf(wrong.Path)} {wrong.Value} is not a valid value; see the options of .NET's console logger.");
        }
    }
}
