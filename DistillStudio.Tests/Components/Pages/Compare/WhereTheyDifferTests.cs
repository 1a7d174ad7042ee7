using Bunit;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Differences;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Tests.Components.Pages.Compare;

public sealed class WhereTheyDifferTests : StudioContext
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DemoTraining _bench = new();

    [Fact]
    public void Panel_TwoMethods_ShowsRowsAnswersAndQuality()
    {
        Verdict verdict = Trained();
        IRenderedComponent<WhereTheyDiffer> panel = Show(verdict, new() { Filter = new() });

        panel.WaitForAssertion(() => Assert.Equal(10, panel.FindAll("article").Count), Patience);
        Assert.Contains("Of 12 test rows, ", panel.Find(".summary").TextContent, StringComparison.Ordinal);
        Assert.Contains("Truth", panel.Find("article").TextContent, StringComparison.Ordinal);
        Assert.Contains("Teacher", panel.Find("article").TextContent, StringComparison.Ordinal);
        Assert.Equal("row 1", panel.Find("article .number").TextContent); // counted from 1, as on the dataset's page
        Assert.Contains("All 12", panel.Markup, StringComparison.Ordinal);
        Assert.Contains("ROUGE-L", panel.Markup, StringComparison.Ordinal);
        Assert.Equal(2, panel.FindAll("figure svg").Count);
        Assert.Contains("ECE", panel.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Panel_FilterPageAndSplit_AreAskedOfTheAddress()
    {
        WhereTheyDifferView? asked = null;
        IRenderedComponent<WhereTheyDiffer> panel = Show(Trained(), new() { Filter = new(), Page = 7 }, view => asked = view);
        // the last page, where the address names none
        panel.WaitForAssertion(() => Assert.Equal(2, panel.FindAll("article").Count), Patience);

        panel.FindAll("button").Single(button => button.TextContent.StartsWith("Both wrong", StringComparison.Ordinal)).Click();
        panel.WaitForAssertion(() => Assert.Equal((RowOutcome.BothWrong, 0), (asked?.Filter.Outcome, asked?.Page)), Patience);
        panel.FindAll("button").Single(button => button.TextContent == "Validation").Click();
        panel.WaitForAssertion(() => Assert.True(asked!.IsValidation), Patience);
    }

    [Fact]
    public void Panel_Validation_SaysWhenRowsWereLearnt()
    {
        IRenderedComponent<WhereTheyDiffer> panel = Show(Trained(), new() { IsValidation = true, Filter = new() });
        panel.WaitForAssertion(() => Assert.Contains("12 validation rows", panel.Markup, StringComparison.Ordinal), Patience);
        Assert.Matches("never right|learnt at step|first right at step", panel.Find("article").TextContent);
    }

    [Fact]
    public void Panel_AnswersGone_SaysWhy()
    {
        Verdict verdict = Trained();
        File.Delete(Path.Combine(verdict.Runs[1].Folder, "test-answers.jsonl"));
        IRenderedComponent<WhereTheyDiffer> panel = Show(verdict, new());
        panel.WaitForAssertion(
            () => Assert.Contains("holds no test-answers.jsonl", panel.Find(".note").TextContent, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public void View_WrittenAndRead_IsTheSame()
    {
        WhereTheyDifferView[] views =
        [
            new(),
            new() { Against = "x", IsValidation = true, Filter = new(RowOutcome.BothWrong, "neutral", InputLength.Long), Page = 3 },
            new() { Filter = new() },
        ];
        Assert.All(views, view =>
        {
            var query = new PageQuery();
            view.Write(query);
            Assert.Equal(view, WhereTheyDifferView.Read(query));
        });
        Assert.Equal("compare", WrittenDefault());
        Assert.Equal(0, WhereTheyDifferView.Read(new PageQuery().Set("page", "-5").Set("rows", "7").Set("length", "x")).Page);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _bench.Dispose();
    }

    private static string WrittenDefault()
    {
        var query = new PageQuery();
        new WhereTheyDifferView().Write(query);
        return query.Under("compare");
    }

    private IRenderedComponent<WhereTheyDiffer> Show(Verdict verdict, WhereTheyDifferView view, Action<WhereTheyDifferView>? asked = null)
    {
        Render<MudPopoverProvider>();
        return Render<WhereTheyDiffer>(p => p
            .Add(c => c.Verdict, verdict)
            .Add(c => c.View, view)
            .Add(c => c.ViewChanged, EventCallback.Factory.Create(this, asked ?? (_ => { }))));
    }

    private Verdict Trained()
    {
        RunSpec spec = DemoTraining.Short with { OutputRationale = true };
        return Verdict.Of(
            [Trained("standard", spec with { Method = MethodNames.Standard, OutputRationale = false }), Trained("step-by-step", spec)]);
    }

    private ComparedRun Trained(string name, RunSpec spec)
    {
        RunFolder folder = _bench.Train(spec).Folder;
        return ComparedRun.Of(
            new() { Id = folder.Id, Name = name, Folder = folder.Path, Spec = spec, HasEnded = true },
            EventLine.ReadAll(folder.EventsPath));
    }
}
