using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Teachers.Prompts;

/// <summary>The worked examples of the built-in templates. They were written for this program and occur in no dataset.</summary>
internal static class WorkedExamples
{
    public static IReadOnlyList<PromptExample> Choice { get; } =
    [
        Question(
            "The ferry had stopped for the night, so how did Mira reach the island?",
            ["bicycle", "private boat", "train", "lift", "escalator"],
            "An island is surrounded by water, and the public ferry was not running. Of the choices only a private boat crosses water.",
            "private boat",
            "An island is a piece of land that is surrounded by water on all sides, which means one has to cross water to get there. "
                + "Normally one would take the ferry, but the ferry had stopped for the night. "
                + "A bicycle, a train, a lift and an escalator all move on land or inside a building. "
                + "Only a private boat can cross the water."),
        Question(
            "Where would you look for a spare button that came with a new coat?",
            ["oven", "garden shed", "inner pocket", "letter box", "chimney"],
            "Makers put a spare button in a little bag with the coat itself. The inner pocket belongs to the coat; "
                + "the other places do not.",
            "inner pocket",
            "A new coat is often sold together with a spare button in case one is lost. The makers usually put it in a small bag that "
                + "hangs from the label or lies in a pocket of the coat. "
                + "An oven, a shed, a letter box and a chimney have nothing to do with coats, so the inner pocket is where it would be."),
        Question(
            "What does a baker do while the dough is resting?",
            ["wait", "chew", "swim", "harvest", "applaud"],
            "Resting dough needs time and no hands. So the baker has to let time pass, which is to wait.",
            "wait"),
        Question(
            "The lecture was so dull that the students kept looking at what?",
            ["magma", "the clock", "their ancestors", "a harbour", "plankton"],
            "People who are bored want to know how long it will last. In a lecture room the time is shown by the clock.",
            "the clock"),
        Question(
            "Why might someone carry a torch into a cellar at noon?",
            ["it is raining", "they are hungry", "it is dark there", "the sun is bright", "to dry clothes"],
            "A cellar has few or no windows, so daylight does not reach it even at noon. A torch helps where it is dark.",
            "it is dark there"),
    ];

    public static IReadOnlyList<PromptExample> Equation { get; } =
    [
        new(
            "Lena packs 48 jars into boxes of 6. She has 15 lids left.\nHow many boxes does she fill?",
            "Each box takes 6 of the 48 jars, so the jars are divided by 6. The lids do not matter.",
            "( 48.0 / 6.0 )",
            "We are asked how many boxes Lena fills. She has 48 jars in total, and every box takes 6 jars, "
                + "so we need to find out how often 6 goes into 48. That is a division of 48 by 6. She also has 15 lids left, "
                + "but the lids are not packed into boxes and do not change the number of boxes."),
        new(
            "A bus had 31 riders. At the square 12 got off and 9 got on.\nHow many riders has it now?",
            "The 12 who got off are taken from 31, and the 9 who got on are added.",
            "( ( 31.0 - 12.0 ) + 9.0 )",
            "The bus starts with 31 riders. When it stops at the square, 12 riders leave the bus, so we subtract 12 from 31. "
                + "At the same stop 9 new riders come in, so we then add 9 to what is left."),
        new(
            "Tom reads 14 pages a day. His book has 9 chapters.\nHow many pages does he read in 5 days?",
            "He reads 14 pages on each of 5 days, so 14 is multiplied by 5. The number of chapters is not needed.",
            "( 14.0 * 5.0 )"),
        new(
            "There are 27 roses and 19 tulips in the garden.\nHow many more roses than tulips are there?",
            "How many more is the difference between the roses and the tulips.",
            "( 27.0 - 19.0 )"),
        new(
            "A baker made 8 trays of 12 rolls and sold 70 of them.\nHow many rolls are left?",
            "8 trays of 12 are multiplied to find all rolls, and the 70 sold are taken away.",
            "( ( 8.0 * 12.0 ) - 70.0 )"),
    ];

    public static IReadOnlyList<PromptExample> Inference { get; } =
    [
        Pair("A cook in a white apron is slicing leeks.", "Someone is preparing vegetables.",
            "A cook is someone, and leeks are vegetables; slicing them is preparing them.", "entailment",
            "The premise tells us about a cook who wears a white apron. A cook is a person, so there is someone. "
                + "The cook is slicing leeks, and leeks are a kind of vegetable. Slicing is one way of preparing food, "
                + "so someone is preparing vegetables."),
        Pair("Three hikers rest beside a mountain lake.", "The hikers are on their way back home.",
            "They rest at a lake, but where they will go next is not said.", "neutral",
            "The premise says that three hikers are resting beside a lake in the mountains. It does not say anything about whether they "
                + "are going up or down, or whether the trip is near its end. They might be on their way home or might just have set out."),
        Pair("A violinist plays alone on an empty stage.", "The whole orchestra is playing.",
            "Somebody who plays alone on an empty stage is not accompanied by an orchestra.", "contradiction"),
        Pair("The river Aller, 260 kilometres long, flows through two states.", "The Aller is longer than 200 kilometres.",
            "It is 260 kilometres long, and 260 is more than 200.", "entailment"),
        Pair("Two girls in raincoats jump over a puddle.", "The girls are sisters.", "Nothing tells whether the two girls are related.",
            "neutral"),
        Pair("The museum, closed for repairs since May, reopens in October.", "Visitors toured the museum in July.",
            "July lies between May and October, while the museum was closed, so nobody toured it.", "contradiction"),
    ];

    public static IReadOnlyList<PromptExample> Text { get; } =
    [
        new("Which season follows the one in which most trees lose their leaves?",
            "Most trees lose their leaves in autumn, and winter comes after autumn.", "winter",
            "To answer this we first need to know in which season most trees lose their leaves. That season is autumn. "
                + "The seasons follow one another as spring, summer, autumn and winter, so the one after autumn is winter."),
        new("Is this review positive or negative? The tent leaked on the first night.",
            "A tent should keep rain out, and this one leaked at once, so the writer is unhappy.", "negative"),
        new("What is the plural of the word child?", "Child is irregular: it takes -ren instead of -s.", "children"),
    ];

    private static PromptExample Question(string question, string[] choices, string rationale, string label, string? draft = null) =>
        new($"{question}{RowParser.ChoicesHeading}{string.Join('\n', choices.Select((choice, i) => $"({(char)('a' + i)}) {choice}"))}",
            rationale, label, draft);

    private static PromptExample Pair(string premise, string hypothesis, string rationale, string label, string? draft = null) =>
        new($"{premise}{RowParser.Joint}{hypothesis}", rationale, label, draft);
}
