using System.Reflection;
using System.Text.Json;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Metrics;

/// <summary>Completeness of the tables: an addition to an event or a table that is missing elsewhere fails here.</summary>
public sealed class MetricTests
{
    [Fact]
    public void All_HoldsEveryMetricOnceUnderAUniqueName()
    {
        Assert.Equal(Declared<Metric, Metric>().ToHashSet(), [.. Metric.All]);
        Assert.Distinct(Metric.All.Select(metric => metric.Name));
        Assert.Distinct(Metric.OfSteps.Select(metric => metric.Title));
        Assert.Distinct(Metric.OfEvaluations.Select(metric => metric.Title));
        Assert.All(Metric.All, metric =>
        {
            Assert.Matches("^[a-z]+(_[a-z]+)*$", metric.Name);
            Assert.NotEmpty(metric.Title);
            Assert.True(metric.Scale > 0);
        });
        Assert.All(Metric.OfEvaluations, metric => Assert.Equal($"valid_{metric.Column.Name}", metric.Name));
    }

    [Fact]
    public void Columns_OfSteps_AreInOrderAndHoldEveryPropertyOfTheEvent()
    {
        Assert.Equal(Declared<StepColumn, StepColumn>(), StepColumn.All);
        Assert.Equal(Enumerable.Range(0, StepColumn.All.Length), StepColumn.All.Select(column => column.Index));
        Assert.Equal([.. PropertiesOf<StepCompleted>().Where(name => name != "is_partial"), "elapsed"], StepColumn.All.Select(column => column.Name).ToHashSet());
        Assert.Equal(StepColumn.All.Except([StepColumn.Number, StepColumn.Elapsed]).ToHashSet(), [.. StepColumn.Downloaded]);
    }

    [Fact]
    public void Columns_OfEvaluations_HoldEveryPropertyOfTheEvent()
    {
        Assert.Equal(Declared<EvaluationColumn, EvaluationColumn>(), EvaluationColumn.All);
        HashSet<string> properties = PropertiesOf<EvaluationCompleted>();
        Assert.Equal(
            properties.Where(name => name is not ("number" or "weights_sha256" or "is_partial")).ToHashSet(),
            EvaluationColumn.All.Select(column => column.Name).ToHashSet());
    }

    [Fact]
    public void ToStep_OfTheColumnsOfAStep_GivesThatStep()
    {
        StepCompleted step =
            RunScript.Step(3, RunScript.Spec()) with { Number = 7, Time = RunScript.Start, CpuCores = 1.5, GpuUse = 0.25, Flops = 2e9 };
        StepCompleted poorer = step with { RationaleLoss = null, CpuCores = null, GpuUse = null, Flops = null };
        Assert.DoesNotContain(typeof(StepCompleted).GetProperties(), property => property.GetValue(step) is null or 0 or 0L or 0.0);

        Assert.Equal(step, StepColumn.ToStep(column => column.Read(step, 0)));
        Assert.Equal(poorer, StepColumn.ToStep(column => column.Read(poorer, 0)));
    }

    [Theory]
    [InlineData(10, 4, 2, 5.0, 3.0)]
    [InlineData(10, 4, 0, null, null)]
    [InlineData(10, 4, double.NaN, null, null)]
    public void Value_OfARate_IsTheStepsAmountPerSecond(double value, double before, double seconds, double? tokens, double? examples)
    {
        Assert.Equal(tokens, Metric.TokensPerSecond.Value(value, before, seconds));
        Assert.Equal(examples, Metric.ExamplesPerSecond.Value(value, before, seconds));
        Assert.Equal(value, Metric.Loss.Value(value, before, seconds));
    }

    [Theory]
    [InlineData(MethodNames.Standard, "cpu", "rationale_loss,gpu_use,valid_rationale_loss")]
    [InlineData(MethodNames.TaskPrefix, "cpu", "gpu_use")]
    [InlineData(MethodNames.TaskPrefix, "cuda:1", "")]
    public void Applies_ExcludesMetricsThatTheRunCannotHave(string method, string device, string missing)
    {
        RunSpec spec = RunScript.Spec() with { Method = method };
        Assert.Equal(missing, string.Join(',', Metric.All.Where(metric => !metric.Applies(spec, device))));
    }

    [Fact]
    public void Axes_AreFoundByNameAndFormACycle()
    {
        Assert.Equal(Declared<Axis, Axis>(), Axis.All);
        Assert.Equal(["step", "epoch", "examples", "seconds"], Axis.All.Select(axis => axis.Name));
        Assert.All(Axis.All, axis => Assert.Same(axis, Axis.Find(axis.Name.ToUpperInvariant())));
        Assert.Null(Axis.Find("1"));
        Assert.Null(Axis.Find(null));
        Assert.Equal([Axis.Epoch, Axis.Examples, Axis.Seconds, Axis.Step], Axis.All.Select(axis => axis.Next));
    }

    /// <summary>In the order in which they are written.</summary>
    private static TValue[] Declared<TTable, TValue>() =>
    [
        .. typeof(TTable).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(p => p.PropertyType.IsAssignableTo(typeof(TValue)))
            .Select(p => (TValue)p.GetValue(null)!),
    ];

    private static HashSet<string> PropertiesOf<TEvent>() =>
        [.. typeof(TEvent).GetProperties().Where(p => p.CanWrite).Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name))];
}
