namespace DistillStudio.Tests.Commands;

/// <summary>Each command as the first that a process runs, in an empty home and in one where a run has finished.</summary>
public sealed class FirstCommandTests(FirstCommandTests.Worlds worlds) : IClassFixture<FirstCommandTests.Worlds>
{
    private const string Train = "train --dataset demo --max_steps 2 --eval_steps 2 --eval-limit 4 --batch_size 2 --threads 1";

    /// <summary>Commands that train and ask nothing, words apart.</summary>
    public static TheoryData<string> WithoutTorch => ["--help", "train --help", "datasets list", "datasets show demo", "models show demo"];

    public static TheoryData<string> WithTorch =>
        [Train, "bench --model demo --init random --dataset demo --steps 1 --batch-size 2 --threads 1 --gen_max_len 2"];

    public static TheoryData<string> OfAModel =>
    [
        $"models show {Worlds.Model}",
        $"evaluate --model {Worlds.Model} --dataset demo --eval-limit 4 --threads 1",
        $"predict --model {Worlds.Model} --input Ann --rationale --threads 1",
    ];

    [Theory]
    [MemberData(nameof(WithoutTorch))]
    [MemberData(nameof(WithTorch))]
    public async Task Command_EmptyHome_Works(string command)
    {
        using var home = new TempFolder();
        await WorksAsync(command, home.Path);
    }

    [Theory]
    [MemberData(nameof(WithoutTorch))]
    [MemberData(nameof(WithTorch))]
    [MemberData(nameof(OfAModel))]
    public Task Command_HomeWithAFinishedRun_Works(string command) => WorksAsync(command, worlds.Home);

    [Theory]
    [MemberData(nameof(WithoutTorch))]
    public async Task Command_ThatTrainsNothing_WorksWhereLibTorchIsMissing(string command)
    {
        CommandResult result = await ProgramRun.ToEndAsync(worlds.Complete(command, worlds.Home), folder: worlds.Program.Path);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Theory]
    [MemberData(nameof(WithTorch))]
    [MemberData(nameof(OfAModel))]
    public async Task Command_WhereLibTorchIsMissing_WorksOrSaysSoInOneSentence_AndCopiesNothing(string command)
    {
        IReadOnlyList<string> before = worlds.Program.Entries;

        CommandResult result = await ProgramRun.ToEndAsync(worlds.Complete(command, worlds.Home), folder: worlds.Program.Path);

        if (result.ExitCode != 0)
        {
            Assert.Equal(1, result.ExitCode);
            Assert.StartsWith("libtorch could not be loaded (", Assert.Single(result.Problems), StringComparison.Ordinal);
            Assert.DoesNotContain("TorchSharp:", result.Out, StringComparison.Ordinal);
        }

        Assert.Equal(before, worlds.Program.Entries);
    }

    private async Task WorksAsync(string command, string home)
    {
        IReadOnlyList<string> before = ProgramFolder.EntriesOf(AppContext.BaseDirectory);

        CommandResult result = await ProgramRun.ToEndAsync(worlds.Complete(command, home));

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.NotEmpty(result.Out);
        Assert.Equal(before, ProgramFolder.EntriesOf(AppContext.BaseDirectory));
    }

    /// <summary>A home with a finished run, and a program without libtorch, both made once.</summary>
    public sealed class Worlds : IAsyncLifetime
    {
        /// <summary>Stands for the folder of the trained model.</summary>
        public const string Model = "MODEL";

        private readonly TempFolder _home = new();
        private string? _model;

        public string Home => _home.Path;

        internal ProgramFolder Program { get; } = new();

        public async ValueTask InitializeAsync()
        {
            CommandResult trained = await ProgramRun.ToEndAsync(Complete(Train, Home));
            Assert.True(trained.ExitCode == 0, trained.Error);
            _model = Path.Combine(Assert.Single(Directory.GetDirectories(_home.Home.Runs)), "model");
        }

        public ValueTask DisposeAsync()
        {
            Program.Dispose();
            _home.Dispose();
            return ValueTask.CompletedTask;
        }

        internal string[] Complete(string command, string home) =>
        [
            .. command.Split(' ').Select(word => word == Model ? _model! : word),
            .. command.Contains("--help", StringComparison.Ordinal) ? [] : (string[])["--home", home],
        ];
    }
}
