namespace DistillStudio.Engine.Data.Methods;

/// <summary>
/// Names of the methods, spelled as in the original's <c>--model_type</c>; the formula and the source of each. <c>CE</c> is the mean
/// cross-entropy over the target's tokens, a the weight alpha of the label loss.
/// </summary>
public static class MethodNames
{
    /// <summary>Label only: <c>CE(label)</c>.</summary>
    public const string Standard = "standard";

    /// <summary>
    /// Distilling step-by-step: label and rationale as two tasks distinguished by a prefix, <c>a CE(label) + (1 − a) CE(rationale)</c>
    /// (Hsieh et al. 2023, arXiv:2305.02301).
    /// </summary>
    public const string TaskPrefix = "task_prefix";

    /// <summary>The paper's ablation: rationale and label as one text, <c>CE(rationale, label)</c>.</summary>
    public const string SingleTask = "single_task";

    /// <summary>
    /// Label and rationale as one text, <c>CE(label, rationale)</c>, where an end token closes the label: generation stops there, so an
    /// answer costs no more than a label (Wadhwa, Amir and Wallace 2024, arXiv:2406.14511).
    /// </summary>
    public const string LabelThenRationale = "label_then_rationale";

    /// <summary>
    /// Step-by-step with k rationales a row, <c>a CE(label) + (1 − a) 1/k Σ CE(rationale i)</c>: the samples of one teacher (after Li et
    /// al. 2023, arXiv:2306.14050).
    /// </summary>
    public const string ManyRationales = "many_rationales";

    /// <summary>
    /// Step-by-step with the rationales of several teachers, each a task with its own prefix and share w,
    /// <c>a CE(label) + (1 − a) Σ w(t) CE(rationale of t)</c> (Tian et al. 2024, arXiv:2402.04616).
    /// </summary>
    public const string SeveralTeachers = "several_teachers";

    /// <summary>
    /// Step-by-step with a third loss that draws the tasks of a row together,
    /// <c>a CE(label) + (1 − a) CE(rationale) + 0.1 CE(max p(rationale), sg max p(label))</c> (Chen et al. 2024, arXiv:2403.03348).
    /// </summary>
    public const string MutualInformation = "mutual_information";

    /// <summary>
    /// Control: step-by-step where each training row has the rationale of another one (as in Wadhwa, Amir and Wallace 2024).
    /// </summary>
    public const string ShuffledRationales = "shuffled_rationales";

    /// <summary>Control: step-by-step where only the key tokens of the rationales are left; see <see cref="Methods.KeyTokens"/>.</summary>
    public const string KeyTokens = "key_tokens";

    public static IReadOnlyList<string> All { get; } =
        [
            Standard, TaskPrefix, SingleTask, LabelThenRationale, ManyRationales, SeveralTeachers, MutualInformation, ShuffledRationales,
            KeyTokens,
        ];

    /// <summary>The names as a list in a sentence.</summary>
    public static string Listed => $"{string.Join(", ", All.SkipLast(1))} or {All[^1]}";

    /// <summary>Returns the method's display name; an unknown name is returned unchanged.</summary>
    public static string Title(string name) => name switch
    {
        Standard => "Standard",
        TaskPrefix => "Step-by-step",
        SingleTask => "Single task",
        LabelThenRationale => "Label then rationale",
        ManyRationales => "Many rationales",
        SeveralTeachers => "Several teachers",
        MutualInformation => "Mutual information",
        ShuffledRationales => "Shuffled rationales",
        KeyTokens => "Key tokens",
        _ => name,
    };

    /// <summary>Returns what the student learns, in a sentence; empty for an unknown name.</summary>
    public static string Summary(string name) => name switch
    {
        Standard => "Learns the label only: the baseline for step-by-step.",
        TaskPrefix => "Learns the label and, as a second task, the teacher's rationale.",
        SingleTask => "Writes rationale and label as one text (the paper's ablation).",
        LabelThenRationale => "Learns label, then rationale as one text; answers with the label alone.",
        ManyRationales => "Step-by-step with every rationale that the teacher wrote for a row.",
        SeveralTeachers => "Step-by-step with a second task for each of several teachers.",
        MutualInformation => "Step-by-step with a third loss that draws label and rationale together.",
        ShuffledRationales => "A control: step-by-step with the rationales of other rows.",
        KeyTokens => "A control: step-by-step with the key tokens of the rationales.",
        _ => "",
    };

    /// <summary>Returns true if label and rationale are separate tasks, weighted by alpha.</summary>
    public static bool HasRationaleTask(string name) =>
        name is TaskPrefix or ManyRationales or SeveralTeachers or MutualInformation or ShuffledRationales or KeyTokens;

    /// <summary>Returns how the method changes the teacher's rationales.</summary>
    public static RationaleChange ChangeOf(string name) => name switch
    {
        ShuffledRationales => RationaleChange.Shuffled,
        KeyTokens => RationaleChange.KeyTokens,
        _ => RationaleChange.None,
    };
}
