using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;
using DistillStudio.Teachers;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Teachers;

public class TeacherManagerTests
{
    [Fact]
    public async Task Stop_WhileAJobRuns_TheNextStudioTakesItUpAndNoAnsweredRowIsAskedAgain()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(40);
        var some = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Provider.Before = _ =>
        {
            if (world.Provider.Questions.Count > 10)
            {
                some.TrySetResult();
            }

            return Task.Delay(10, TestContext.Current.CancellationToken);
        };
        using TeacherManager first = Manager(world);
        await first.StartAsync(TestContext.Current.CancellationToken);
        TeacherJob job = first.Start(Spec(world));
        await some.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await first.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(TeacherJobState.Interrupted, job.ReadStatus().State);

        using TeacherManager second = Manager(world);
        await second.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.Holds(() => job.ReadStatus().State == TeacherJobState.Finished, TimeSpan.FromMinutes(1));
        await second.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(40, world.Provider.Questions.Count);
        Assert.Equal(40, DatasetReader.Load("svamp", world.Data).RequireSplit("train").Teachers["mine"].Count(a => !a.IsLabelBlank));
    }

    [Fact]
    public async Task Pause_ThenStudioRestarts_TheJobStaysPausedUntilItIsResumed()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(30);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Provider.Before = _ => world.Provider.Questions.Count > 6 ? gate.Task : Task.CompletedTask;
        using TeacherManager manager = Manager(world);
        await manager.StartAsync(TestContext.Current.CancellationToken);
        TeacherJob job = manager.Start(Spec(world));
        await Eventually.Holds(() => world.Provider.Questions.Count > 6);
        Task paused = manager.PauseAsync(job);
        gate.SetResult();
        await paused;
        Assert.Equal(TeacherJobState.Paused, job.ReadStatus().State);
        int asked = world.Provider.Questions.Count;
        await manager.StopAsync(TestContext.Current.CancellationToken);

        using TeacherManager second = Manager(world);
        await second.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(asked, world.Provider.Questions.Count);
        second.Resume(job);
        await Eventually.Holds(() => !second.List()[0].IsActive, TimeSpan.FromMinutes(1));
        Assert.Equal(TeacherJobState.Finished, second.List()[0].Status.State);
        Assert.Equal(30, second.List()[0].Progress!.Answered);
        Assert.Equal(30, world.Provider.Questions.Count);
        second.Remove(job);
        Assert.Empty(second.List());
        Assert.False(Directory.Exists(world.TeacherFolder("mine")));
        await second.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Review_EditAndReject_AreKeptBesideTheOriginalAndBecomeAFurtherTeacher()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(6);
        using TeacherManager manager = Manager(world);
        await manager.StartAsync(TestContext.Current.CancellationToken);
        TeacherJob job = manager.Start(Spec(world));
        await Eventually.Holds(() => job.ReadStatus().State == TeacherJobState.Finished);
        ReviewSession review = ReviewSession.Open(job, TimeProvider.System);
        review.Decide(review.Items[0], ReviewVerdict.Rejected);
        review.Rate(review.Items[1], 4);
        review.Decide(review.Items[1], ReviewVerdict.Edited, "Mine.", "( 1.0 + 2.0 )");
        Assert.Contains(
            "is not a label",
            Assert.Throws<InputException>(() => review.Decide(review.Items[2], ReviewVerdict.Edited, "Mine.", "about seven")).Message,
            StringComparison.Ordinal);

        ReviewSession again = ReviewSession.Open(job, TimeProvider.System);
        Assert.Equal(4, again.Items[1].Review!.Rating);
        Assert.StartsWith("She adds", again.Items[1].Raw, StringComparison.Ordinal);
        Assert.Equal([0], again.Filter(ReviewFilter.Rejected).Select(item => item.Row));
        Assert.Equal(4, again.Filter(ReviewFilter.Open).Count());
        again.Publish("checked");
        IReadOnlyList<TeacherAnswer> answers = DatasetReader.Load("svamp", world.Data).RequireSplit("train").Teachers["checked"];
        Assert.True(answers[0].IsLabelBlank);
        Assert.Equal(new TeacherAnswer("Mine.", "( 1.0 + 2.0 )"), answers[1]);
        await manager.StopAsync(TestContext.Current.CancellationToken);
    }

    private static TeacherManager Manager(TeacherWorld world) =>
        new(new StudioHome(world.Home), TimeProvider.System, NullLogger<TeacherManager>.Instance);

    private static TeacherJobSpec Spec(TeacherWorld world) => new(
        "svamp", "train", "mine", world.Data, new(world.Provider.Address, "m", KeyFile: world.KeyFile),
        BuiltInTemplates.All.First(t => t.Name == "equation-zero-shot"));
}
