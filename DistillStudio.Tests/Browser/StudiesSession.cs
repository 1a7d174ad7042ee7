using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Browser;

/// <summary>A studio with studies in it: one that is complete, beside published figures, and one with a failure and runs that are
/// missing.</summary>
public sealed class StudiesSession : IAsyncLifetime
{
    /// <summary>Id of the complete study.</summary>
    public const string Fractions = "rationales-on-less-data";

    /// <summary>Id of the study that is not complete.</summary>
    public const string Alphas = "which-alpha";

    private readonly SeededHome _home = new();
    private RunningStudio? _studio;

    public string Address => _studio!.Address;

    public async ValueTask InitializeAsync()
    {
        RunSpec cqa = new()
        {
            Dataset = "cqa",
            FromPretrained = "/home/ada/models/t5-v1_1-base",
            Teacher = "palm",
            MaxSteps = 200,
            EvalSteps = 20,
            Draw = DataDraw.Nested,
        };
        _home.AddStudy(
            StudyPreset.Find("three-fractions")!.Create(
                "Rationales on less data", cqa, 3) with
            { Notes = "Does the paper's effect show on cqa with a base model?" });
        _home.AddStudy(
            StudyPreset.Find("alpha-sweep")!.Create(
                "Which alpha?", SeededHome.StepByStep with { MaxSteps = 100, EvalSteps = 20, Draw = DataDraw.Nested }, 2),
            (run, group) =>
        {
            bool isFailure = run is { Seed: 0, Spec: { Method: MethodNames.TaskPrefix, Alpha: 0.9 } };
            if (isFailure)
            {
                _home.AddFailed(run.Spec, group);
            }

            return !isFailure && run.Seed == 0;
        });
        _studio = await RunningStudio.StartPacedAsync(_home.Home);
    }

    public async ValueTask DisposeAsync()
    {
        if (_studio is not null)
        {
            await _studio.DisposeAsync();
        }

        _home.Dispose();
    }
}
