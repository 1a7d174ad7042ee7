using System.Text.RegularExpressions;

namespace DistillStudio.Tests;

/// <summary>Rules of the code that no analyser knows.</summary>
public partial class SourceTests
{
    /// <summary>Each starts work that catches everything itself.</summary>
    private static readonly string[] Starters = ["LiveComponent.cs", "BrowserInterop.cs", "Throttle.cs"];

    /// <summary>Files that are older than the rule on the length of lines. None is to be added; wrap the lines of one and remove
    /// it.</summary>
    private static readonly string[] Unwrapped =
    [
        "DistillStudio.Engine/Backends/StepMemory.cs",
        "DistillStudio.Engine/Checkpoints/FolderWeights.cs",
        "DistillStudio.Engine/Checkpoints/ModelLocator.cs",
        "DistillStudio.Engine/Data/DatasetCatalog.cs",
        "DistillStudio.Engine/Data/DatasetContents.cs",
        "DistillStudio.Engine/Data/DatasetLayout.cs",
        "DistillStudio.Engine/Data/DatasetReader.cs",
        "DistillStudio.Engine/Data/DatasetRequirements.cs",
        "DistillStudio.Engine/Data/JsonRows.cs",
        "DistillStudio.Engine/Data/OverlookedFiles.cs",
        "DistillStudio.Engine/Data/RowParser.cs",
        "DistillStudio.Engine/Data/TrainingData.cs",
        "DistillStudio.Engine/Evaluation/DatasetStatistics.cs",
        "DistillStudio.Engine/Evaluation/Evaluator.cs",
        "DistillStudio.Engine/Runs/CheckpointStore.cs",
        "DistillStudio.Engine/Runs/RunCheckpoint.cs",
        "DistillStudio.Engine/Runs/RunEvent.cs",
        "DistillStudio.Engine/Runtime/Hardware/GpuGauge.cs",
        "DistillStudio.Engine/Settings/SettingsTable.Evaluation.cs",
        "DistillStudio.Engine/Settings/SettingsTable.Sources.cs",
        "DistillStudio.Engine/Settings/SettingsTable.Training.cs",
        "DistillStudio.Engine/Settings/SettingsTable.cs",
        "DistillStudio.Engine/Settings/TeacherNames.cs",
        "DistillStudio.Engine/Studies/RunCatalog.cs",
        "DistillStudio.Engine/Studies/StudyDecision.cs",
        "DistillStudio.Engine/Studies/StudyInputs.cs",
        "DistillStudio.Engine/Studies/StudyPreset.cs",
        "DistillStudio.Engine/Studies/StudyProgress.cs",
        "DistillStudio.Engine/Teachers/TeacherJob.cs",
        "DistillStudio.Engine/Teachers/TeacherRows.cs",
        "DistillStudio.Engine/Training/EvaluationRows.cs",
        "DistillStudio.Engine/Training/FinalTest.cs",
        "DistillStudio.Engine/Training/RunMemory.cs",
        "DistillStudio.Engine/Training/StepRunner.cs",
        "DistillStudio.Engine/Training/Student.cs",
        "DistillStudio.Engine/Training/TokenizedDataCache.cs",
        "DistillStudio.Engine/Training/Trainer.cs",
        "DistillStudio.Engine/Training/TrainingSession.cs",
        "DistillStudio.Engine/Training/Validator.cs",
        "DistillStudio.Tests/Access/BehindProxyTests.cs",
        "DistillStudio.Tests/ArchitectureTests.cs",
        "DistillStudio.Tests/Browser/EveryPageTests.cs",
        "DistillStudio.Tests/Browser/RunningStudio.cs",
        "DistillStudio.Tests/Commands/Runs/CompareCommandTests.cs",
        "DistillStudio.Tests/Commands/SystemLimitsTests.cs",
        "DistillStudio.Tests/Components/Charts/FigureBuilderTests.cs",
        "DistillStudio.Tests/Components/Pages/CompareVerdictTests.cs",
        "DistillStudio.Tests/Components/RunPhysics.cs",
        "DistillStudio.Tests/Components/StudioContext.cs",
        "DistillStudio.Tests/Engine/Evaluation/EvaluatorTests.cs",
        "DistillStudio.Tests/Engine/Model/ByHand/ArenaPlanTests.cs",
        "DistillStudio.Tests/Engine/Model/ByHand/CpuDecodingTests.cs",
        "DistillStudio.Tests/Engine/Runtime/DeviceMemoryTests.cs",
        "DistillStudio.Tests/Engine/Runtime/TorchSharpResolverTests.cs",
        "DistillStudio.Tests/Engine/Settings/MetricTests.cs",
        "DistillStudio.Tests/Engine/Settings/RunSpecRulesTests.cs",
        "DistillStudio.Tests/Engine/Settings/SpecArgumentsTests.cs",
        "DistillStudio.Tests/Engine/Studies/StudyGridTests.cs",
        "DistillStudio.Tests/Engine/Studies/StudyHome.cs",
        "DistillStudio.Tests/Engine/Studies/StudyProgressTests.cs",
        "DistillStudio.Tests/Engine/Training/CollapseDetectorTests.cs",
        "DistillStudio.Tests/Engine/Training/ResumeTests.cs",
        "DistillStudio.Tests/Engine/Training/TrainerTests.cs",
        "DistillStudio.Tests/Engine/Verdicts/VerdictScene.cs",
        "DistillStudio.Tests/Figures/ClickFigures.cs",
        "DistillStudio.Tests/HealthTests.cs",
        "DistillStudio.Tests/History/RunHistorySeriesTests.cs",
        "DistillStudio.Tests/Hostile/FuzzedReader.cs",
        "DistillStudio.Tests/Hostile/HostileFormTests.cs",
        "DistillStudio.Tests/Jobs/StudyManagerTests.cs",
        "DistillStudio.Tests/RunDownloadsTests.cs",
        "DistillStudio/Access/AccessToken.cs",
        "DistillStudio/Access/GuestConnections.cs",
        "DistillStudio/Commands/DatasetsCommand.cs",
        "DistillStudio/Commands/EvaluateCommand.cs",
        "DistillStudio/Commands/Interruption.cs",
        "DistillStudio/Commands/PredictCommand.cs",
        "DistillStudio/Commands/Progress/EventText.cs",
        "DistillStudio/Commands/Runs/CompareCommand.cs",
        "DistillStudio/Commands/Runs/ExportCommand.cs",
        "DistillStudio/Commands/Runs/RunFacts.cs",
        "DistillStudio/Commands/Runs/RunsCommand.cs",
        "DistillStudio/Commands/ServeCommand.cs",
        "DistillStudio/Commands/StudentFlags.cs",
        "DistillStudio/Commands/Studies/StudyCommand.cs",
        "DistillStudio/Commands/Studies/StudyLines.cs",
        "DistillStudio/Commands/Studies/StudyTables.cs",
        "DistillStudio/Commands/TeacherShowCommand.cs",
        "DistillStudio/Commands/TrainFlags.cs",
        "DistillStudio/Commands/Usage.cs",
        "DistillStudio/Components/Charts/ChartFrame.razor.cs",
        "DistillStudio/Components/Charts/FigureTable.cs",
        "DistillStudio/Components/Charts/LossChart.razor.cs",
        "DistillStudio/Components/Charts/PlotlyFigure.cs",
        "DistillStudio/Components/Controls/IconMenu.razor",
        "DistillStudio/Components/Controls/RunActions.cs",
        "DistillStudio/Components/Interactivity/PageQuery.cs",
        "DistillStudio/Components/Layout/MainLayout.razor",
        "DistillStudio/Components/Layout/MainLayout.razor.cs",
        "DistillStudio/Components/Pages/Compare/ComparePage.razor",
        "DistillStudio/Components/Pages/Compare/ComparePage.razor.cs",
        "DistillStudio/Components/Pages/Launch/LaunchDefaults.cs",
        "DistillStudio/Components/Pages/Launch/LaunchDraft.cs",
        "DistillStudio/Components/Pages/Launch/LaunchPage.razor",
        "DistillStudio/Components/Pages/Launch/LaunchPage.razor.cs",
        "DistillStudio/Components/Pages/Launch/LaunchRules.cs",
        "DistillStudio/Components/Pages/Launch/LaunchSources.razor.cs",
        "DistillStudio/Components/Pages/Run/RunHeader.razor",
        "DistillStudio/Components/Pages/Run/RunPage.razor.cs",
        "DistillStudio/Components/Pages/Run/RunSettings.razor",
        "DistillStudio/Components/Pages/Runs/QueueList.razor.cs",
        "DistillStudio/Components/Pages/Runs/RunColumn.cs",
        "DistillStudio/Components/Pages/Runs/RunsCsv.cs",
        "DistillStudio/Components/Pages/Runs/RunsPage.razor.cs",
        "DistillStudio/Components/Pages/Runs/RunsView.cs",
        "DistillStudio/Components/Pages/Teachers/ReviewPage.razor.cs",
        "DistillStudio/Components/Pages/Teachers/TeacherDraft.cs",
        "DistillStudio/Components/Pages/Teachers/TeacherJobPage.razor.cs",
        "DistillStudio/Components/Presentation/RunDifferences.cs",
        "DistillStudio/Components/Presentation/RunNames.cs",
        "DistillStudio/Components/Presentation/RunText.cs",
        "DistillStudio/Components/StudioPages.cs",
        "DistillStudio/Configuration/StudioConfiguration.cs",
        "DistillStudio/Exports/RunDownloads.cs",
        "DistillStudio/Exports/StudyCsv.cs",
        "DistillStudio/History/HistoryReader.cs",
        "DistillStudio/History/HistoryStore.cs",
        "DistillStudio/History/RunHistory.cs",
        "DistillStudio/History/RunSummary.cs",
        "DistillStudio/History/RunSummaryReducer.cs",
        "DistillStudio/History/SeriesBuilder.cs",
        "DistillStudio/Hosting/HomeLock.cs",
        "DistillStudio/Hosting/HomePermissions.cs",
        "DistillStudio/Hosting/StudioHost.cs",
        "DistillStudio/Hosting/StudioHostBuilder.cs",
        "DistillStudio/Jobs/EventIngester.cs",
        "DistillStudio/Jobs/LaunchAdvisor.cs",
        "DistillStudio/Jobs/RunAttempts.cs",
        "DistillStudio/Jobs/RunFolderReader.cs",
        "DistillStudio/Jobs/RunManager.cs",
        "DistillStudio/Jobs/RunResumer.cs",
        "DistillStudio/Jobs/RunSidecar.cs",
        "DistillStudio/Jobs/RunWorker.cs",
        "DistillStudio/Jobs/RunZip.cs",
        "DistillStudio/Jobs/StepMeasurer.cs",
        "DistillStudio/Jobs/StudyManager.cs",
    ];

    private const int LongestLine = 140;
    private const int LongestFile = 300;

    [Fact]
    public void Studio_WorkThatNobodyAwaits_IsStartedWhereItsFailureIsSeen()
    {
        SourceFile[] files =
        [
            .. Files().Where(file => file.Path.StartsWith("DistillStudio/", StringComparison.Ordinal)
                && Path.GetExtension(file.Path) is ".cs" or ".razor"),
        ];
        Assert.True(files.Length > 100);
        Assert.Empty(files
            .Where(file => !Starters.Contains(Path.GetFileName(file.Path)))
            .SelectMany(file => file.Where(line => Unobserved().IsMatch(line))));
    }

    [Fact]
    public void Lines_AreShort() => Assert.Empty(Files()
        .Where(file => !Unwrapped.Contains(file.Path))
        .SelectMany(file => file.Where(line => line.Length > LongestLine && !(file.IsTest && IsText(line)))));

    [Fact]
    public void Files_AreShort() =>
        Assert.Empty(Files().Where(file => file.Lines.Length > LongestFile).Select(file => $"{file.Path} has {file.Lines.Length} lines"));

    /// <summary>Returns true for a line of a table: tests quote whole lines of files, pages and commands.</summary>
    private static bool IsText(string line) => line.AsSpan().IndexOfAny("\"'") >= 0;

    private static IEnumerable<SourceFile> Files()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "DistillStudio.sln")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        return
            from folder in (string[])["DistillStudio", "DistillStudio.Engine", "DistillStudio.Tests", "wwwroot-assets"]
            from file in Directory.EnumerateFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories)
            let path = Path.GetRelativePath(root, file).Replace('\\', '/')
            where Path.GetExtension(path) is ".cs" or ".razor" or ".css" or ".js" && !path.Split('/').Any(part => part is "bin" or "obj")
            select new SourceFile(path, File.ReadAllLines(file));
    }

    private sealed record SourceFile(string Path, string[] Lines)
    {
        public bool IsTest => Path.StartsWith("DistillStudio.Tests/", StringComparison.Ordinal);

        /// <summary>Returns the place and the text of the lines that meet the condition.</summary>
        public IEnumerable<string> Where(Func<string, bool> condition) =>
            Lines.Select((line, i) => (line, i)).Where(each => condition(each.line)).Select(
                each => $"{Path}:{each.i + 1}: {each.line.Trim()}");
    }

    /// <summary>A task thrown away, or one that cannot be awaited.</summary>
    [GeneratedRegex(@"_ = (?!await\b)(\w+\.)*(\w+Async|Task\.Run|\w*\.?StartNew)(<\w+>)?\(|async void|\.ContinueWith\(|\.Forget\(")]
    private static partial Regex Unobserved();
}
