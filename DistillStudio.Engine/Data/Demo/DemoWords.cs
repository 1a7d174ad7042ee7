namespace DistillStudio.Engine.Data.Demo;

/// <summary>Words for the story placeholders. Things are plural: every number in a story is at least 2.</summary>
internal static class DemoWords
{
    public static readonly string[] Names =
    [
        "Ada", "Ali", "Anna", "Ben", "Bruno", "Carla", "Chen", "Clara", "Dana", "David", "Elif", "Emma", "Felix", "Grace", "Hana", "Hugo",
        "Ines", "Ivan", "Jamal", "Julia",
        "Kofi", "Lena", "Liam", "Lucas", "Maria", "Mei", "Nadia", "Noah", "Olga", "Omar", "Paul", "Priya", "Rosa", "Sam", "Sara", "Tariq",
        "Tom", "Uma", "Vera", "Yuki",
    ];

    public static readonly string[] Things =
    [
        "apples", "balloons", "bananas", "beads", "books", "bottles", "buttons", "cakes", "candles", "cards", "carrots", "coins", "comics",
        "cookies", "crayons", "cups",
        "eggs", "flowers", "hats", "keys", "kites", "lemons", "marbles", "muffins", "mugs", "nuts", "onions", "oranges", "pears", "pencils",
        "plates", "plums",
        "postcards", "potatoes", "puzzles", "ribbons", "roses", "shells", "socks", "spoons", "stamps", "stickers", "stones", "tomatoes",
        "toys", "tulips",
    ];

    /// <summary>Singular and plural.</summary>
    public static readonly (string One, string Several)[] Containers =
    [
        ("bag", "bags"), ("basket", "baskets"), ("bowl", "bowls"), ("box", "boxes"), ("bucket", "buckets"), ("case", "cases"),
        ("crate", "crates"), ("drawer", "drawers"),
        ("jar", "jars"), ("pack", "packs"), ("tin", "tins"), ("tray", "trays"),
    ];

    public static readonly string[] Places =
    [
        "bakery", "beach", "camp", "cinema", "club", "farm", "garden", "library", "market", "museum", "park", "pool", "school", "shop",
        "station", "zoo",
    ];

    public static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    /// <summary>Verbs of acquiring something: past tense and infinitive.</summary>
    public static readonly (string Past, string Plain)[] Got =
        [("bought", "buy"), ("collected", "collect"), ("found", "find"), ("got", "get"), ("picked", "pick"), ("won", "win")];

    /// <summary>Verbs of giving up or losing something, in the past tense.</summary>
    public static readonly string[] Lost = ["donated", "dropped", "lost", "sold", "traded", "used"];

    /// <summary>Sentences whose number is irrelevant to every question.</summary>
    public static readonly string[] Asides =
    [
        "{third} is {d} years old.",
        "{third} has {d} {others}.",
        "{third} saw {d} {others} at the {place}.",
        "{third} has been away for {d} days.",
        "{third} lives {d} miles from the {place}.",
        "{d} people are at the {place}.",
        "There are {d} trees at the {place}.",
        "It takes {d} minutes to walk to the {place}.",
        "The {place} has {d} windows.",
        "The {place} opened {d} years ago.",
        "The bus to the {place} has {d} seats.",
        "A trip to the {place} costs {d} dollars.",
        "On {day} {third} paid {d} dollars for {others}.",
        "There are also {d} {others} at the {place}.",
    ];

    /// <summary>Returns the rationale of a teacher that uses the wrong operation.</summary>
    public static string MistakenReason(char symbol) => symbol switch
    {
        '+' => "The {a} and the {b} are counted together",
        '-' => "The {b} are taken away from the {a}",
        '*' => "Each of the {a} stands for {b}",
        '/' => "The {a} are split by {b}",
        _ => throw new ArgumentOutOfRangeException(nameof(symbol), symbol, "no such operator"),
    };
}
