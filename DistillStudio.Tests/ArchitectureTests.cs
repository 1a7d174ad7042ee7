using System.Reflection;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Settings;
using DistillStudio.Hosting;
using NetArchTest.Rules;

namespace DistillStudio.Tests;

/// <summary>
/// The rooms of both projects from top to bottom, each with the rooms that it uses. A room is a namespace and all below it, except those
/// that are rooms of their own. A room uses no others, and only rooms below it, so that there are no cycles. Constants are compiled in and
/// leave no trace.
/// </summary>
public class ArchitectureTests
{
    internal static readonly House[] Houses =
    [
        new(typeof(RunSpec).Assembly, "DistillStudio.Engine",
        [
            ("Verification", "Training Runs Evaluation Optimization Settings Checkpoints Model Data Formatting Runtime"),
            ("Studies", "Verdicts Runs Settings Checkpoints Model Data Statistics Formatting Runtime"),
            ("Verdicts", "Runs Settings Data Statistics Formatting"),
            ("Differences", "Runs Evaluation Settings Data Statistics Runtime"),
            ("Teachers", "Evaluation Settings Data Runtime"),
            ("Training", "Runs Evaluation Generation Optimization Settings Backends Checkpoints Model Batching Data Text Runtime"),
            ("Metrics", "Runs Settings"),
            ("Runs", "Evaluation Optimization Settings Checkpoints Model Data Statistics Formatting Runtime"),
            ("Import", "Evaluation Data Downloads Runtime"),
            ("Hub", "Checkpoints Text Downloads Formatting Runtime"),
            ("Evaluation", "Generation Backends Model Batching Data Text Statistics Runtime"),
            ("Generation", "Backends Model Runtime"),
            ("Optimization", "Settings Backends Kernels Runtime"),
            ("Settings", "Data Formatting Runtime"),
            ("Backends", "Model Batching Text Kernels Runtime"),
            ("Checkpoints", "Model Data Text Formatting Runtime"),
            ("Model", "Batching Kernels Runtime"),
            ("Batching", "Text Kernels Runtime"),
            ("Data", "Text Runtime"),
            ("Text", "Formatting Runtime"),
            ("Downloads", "Runtime"),
            ("Kernels", "Runtime"),
            ("Statistics", "Formatting Runtime"),
            ("Formatting", ""),
            ("Runtime", ""),
        ]),
        new(typeof(StudioHost).Assembly, "DistillStudio",
        [
            (
                "Commands",
                "Hosting Models Reports Jobs Components.Presentation TensorBoard Exports Cluster History Teachers Configuration"),
            (
                "Hosting",
                "Components Components.Pages.Compare Components.Interactivity Models Reports Datasets Notices Jobs Exports Cluster Live "
                    + "History Teachers Access Views Configuration"),
            (
                "Components",
                "Components.Pages.Help Components.Pages Components.Layout Components.Charts Components.Controls Components.Interactivity"),
            ("Components.Pages.Compare", "Components.Pages.Runs Components.Charts Components.Controls Components.Interactivity "
                + "Jobs Components.Presentation Live History"),
            (
                "Components.Pages.Studies",
                "Components.Charts Components.Controls Components.Interactivity Jobs Components.Presentation Exports Live History"),
            (
                "Components.Pages.Cluster",
                "Components.Controls Components.Interactivity Jobs Components.Presentation Cluster History"),
            (
                "Components.Pages.Run",
                "Components.Charts Components.Controls Components.Interactivity Components.Presentation Cluster Live History"),
            (
                "Components.Pages.Runs",
                "Components.Charts Components.Controls Components.Interactivity Components.Presentation Exports Cluster Live History "
                    + "Views"),
            ("Components.Pages.Launch", "Components.Controls Components.Interactivity Jobs Components.Presentation Cluster History"),
            (
                "Components.Pages.Models",
                "Components.Controls Components.Interactivity Models Datasets Jobs History Configuration"),
            (
                "Components.Pages.Datasets",
                "Components.Controls Components.Interactivity Datasets Jobs Components.Presentation Configuration"),
            ("Components.Pages.Teachers", "Components.Controls Components.Interactivity Jobs Components.Presentation Live Teachers"),
            ("Components.Pages.Help", "Components.Interactivity"),
            ("Components.Pages", ""),
            ("Components.Layout", "Components.Controls Components.Interactivity Notices Components.Presentation Live History"),
            ("Components.Charts", "Components.Controls Components.Interactivity Components.Presentation History"),
            ("Components.Controls", "Components.Interactivity Models Reports Jobs Components.Presentation History Configuration"),
            ("Components.Interactivity", "Components.Presentation Live"),
            ("Models", "Reports Jobs History Configuration"),
            ("Reports", "Jobs Components.Presentation History"),
            ("Datasets", "Jobs Components.Presentation"),
            ("Notices", "Jobs Components.Presentation History Configuration"),
            ("Jobs", "Components.Presentation TensorBoard Exports Cluster History"),
            ("Components.Presentation", "History"),
            ("TensorBoard", ""),
            ("Exports", "History"),
            ("Cluster", "History"),
            ("Live", "History"),
            ("History", ""),
            ("Teachers", ""),
            ("Access", "Configuration"),
            ("Views", ""),
            ("Configuration", ""),
        ]),
    ];

    public static TheoryData<string, string, string> Rooms =>
        [.. Houses.SelectMany(house => house.Rooms.Select(room => (house.Root, room.Name, room.Uses)))];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Room_Uses_TheRoomsNamedAndNoOthers(string root, string room, string uses) =>
        Assert.Equal(uses, string.Join(' ', HouseOf(root).UsedBy(room)));

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Room_StandsAboveThoseItUses(string root, string room, string uses)
    {
        List<string> order = [.. HouseOf(root).Rooms.Select(each => each.Name)];

        Assert.All(
            uses.Split(' ', StringSplitOptions.RemoveEmptyEntries), used => Assert.True(order.IndexOf(used) > order.IndexOf(room), used));
    }

    [Fact]
    public void Types_AllStandInARoom() => Assert.Empty(Houses.SelectMany(house => house.Homeless));

    private static House HouseOf(string root) => Houses.Single(house => house.Root == root);

    internal sealed class House(Assembly assembly, string root, (string Name, string Uses)[] rooms)
    {
        private readonly Types _types = Types.InAssembly(assembly);

        public string Root => root;

        public (string Name, string Uses)[] Rooms => rooms;

        public IEnumerable<Type> Homeless => assembly.GetTypes()
            .Where(
                type => type.Namespace is { } place && place.StartsWith($"{root}.", StringComparison.Ordinal)
                    && rooms.All(room => !Regex.IsMatch(place, Pattern(room.Name))));

        public IEnumerable<string> UsedBy(string room) =>
            rooms.Select(other => other.Name).Where(other => other != room && Uses(room, other));

        private bool Uses(string room, string other) =>
            In(room).And().HaveDependencyOnAny([.. In(other).GetTypes().Where(type => !type.IsNested).Select(type => type.FullName!)])
                .GetTypes().Any();

        private PredicateList In(string room) => _types.That().ResideInNamespaceMatching(Pattern(room));

        /// <summary>The room's namespace and those below it that are not rooms.</summary>
        private string Pattern(string room)
        {
            string start = Regex.Escape($"{root}.{room}");
            string[] inner = [
                .. rooms.Select(other => other.Name).Where(name => name.StartsWith($"{room}.", StringComparison.Ordinal)).Select(
                    name => Regex.Escape(name[room.Length..]))
            ];
            string without = inner.Length == 0 ? "" : $@"(?!({string.Join('|', inner)})(\.|$))";
            return $@"^{start}{without}(\.|$)";
        }
    }
}
