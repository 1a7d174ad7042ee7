namespace DistillStudio.Engine.Data.Demo.Templates;

/// <summary>Templates that need two operations.</summary>
internal static class TwoSteps
{
    public static readonly DemoTemplate[] All =
    [
        new("+-", ["{name} had {a} {things} and {got} {b} more {things}.", "Then {name} {lost} {c} {things}."],
            "How many {things} does {name} have now?",
            "{name} had {a} {things}, {got} {b} and {lost} {c}, so adding and then taking away"),
        new("+-", ["{a} girls and {b} boys were at the {place}.", "Then {c} children went home."],
            "How many children are still at the {place}?",
            "{a} girls and {b} boys were there and {c} went home, so adding and then taking away"),
        new("--", ["{name} had {a} dollars.", "{name} paid {b} dollars for {things} and {c} dollars for {others}."],
            "How many dollars does {name} have left?",
            "{name} had {a} dollars and paid {b} and {c}, so taking away both"),
        new("-+", ["There were {a} {things} in the {box}.", "{name} took {b} {things} out, and later put {c} {things} in."],
            "How many {things} are in the {box} now?",
            "{a} {things} were there, {b} went out and {c} came in, so taking away and then adding"),
        new("++", ["{name} {got} {a} {things} on {day}, {b} {things} on {later} and {c} {things} after that."],
            "How many {things} did {name} {get} in all?",
            "{a} and {b} and {c} {things} come together, so adding all"),
        new("*+", ["{name} has {a} {boxes} with {b} {things} in each {box}, and {c} {things} on the table."],
            "How many {things} does {name} have in all?",
            "There are {a} {boxes} with {b} {things} in each and {c} more, so multiplying and then adding"),
        new("*-", ["{name} {got} {a} {boxes} of {b} {things} each.", "{name} gave {c} of the {things} to {other}."],
            "How many {things} does {name} have left?",
            "There are {a} {boxes} of {b} {things} and {c} are given, so multiplying and then taking away"),
        new("+/", ["{name} has {a} {things} and {other} has {b} {things}.", "They share them all equally among {c} friends."],
            "How many {things} does each friend get?",
            "{a} and {b} {things} are shared among {c} friends, so adding and then dividing"),
        new("+*", ["Every day {name} sells {a} {things} in the morning and {b} {things} in the evening."],
            "How many {things} does {name} sell in {c} days?",
            "{a} and {b} {things} are sold on each of {c} days, so adding and then multiplying"),
        new("/+", ["{name} shared {a} {things} equally among {b} friends.", "{other}, one of the friends, had {c} {things} before."],
            "How many {things} does {other} have now?",
            "{a} {things} are shared among {b} friends and {other} had {c}, so dividing and then adding"),
        new("-/", ["{name} had {a} {things} and {lost} {b} {things}.", "{name} puts the rest into {c} {boxes}, the same number in each."],
            "How many {things} are in each {box}?",
            "Of {a} {things} {b} are gone and the rest go into {c} {boxes}, so taking away and then dividing"),
    ];
}
