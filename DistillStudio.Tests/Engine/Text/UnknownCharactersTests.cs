using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Text;

public class UnknownCharactersTests
{
    [Fact]
    public void Remarks_NoneUnknown_SaysNothing() => Assert.Empty(UnknownCharacters.Remarks((0, 500), (0, 500), (0, 0)));

    [Fact]
    public void Remarks_UnknownLabels_SaysThatTheModelCannotWriteThem() => Assert.Contains(
        "3 of 500 labels have characters that the model's tokenizer does not know. The model cannot write them",
        Assert.Single(UnknownCharacters.Remarks((0, 500), (3, 500), (0, 0))), StringComparison.Ordinal);
}
