namespace DistillStudio.Tests.Support;

/// <summary>The small files next to the tests, <c>Fixtures</c>.</summary>
internal static class FixtureFolder
{
    /// <summary>Returns the path of something in it.</summary>
    public static string Find(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "Fixtures", .. parts]);
}
