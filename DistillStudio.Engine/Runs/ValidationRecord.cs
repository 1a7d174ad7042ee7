using System.Collections;

namespace DistillStudio.Engine.Runs;

/// <summary>Which validation rows one evaluation answered correctly.</summary>
/// <param name="Step">Step of the weights.</param>
/// <param name="Correct">One bit per row.</param>
public sealed record ValidationAnswers(int Step, BitArray Correct);

/// <summary>When a row was learnt and forgotten during training.</summary>
/// <param name="FirstRight">Step of the first evaluation that answered it correctly; null for none.</param>
/// <param name="Learnt">Step from which every evaluation answered it correctly; null if the last one did not.</param>
/// <param name="TimesForgotten">Number of evaluations that answered it wrongly after the one before was right.</param>
public sealed record RowLearning(int? FirstRight, int? Learnt, int TimesForgotten);

/// <summary>Right and wrong answers to every validation row at every evaluation of a run.</summary>
/// <param name="Fingerprint">Ordered fingerprint of the rows; see <see cref="Data.RowsFingerprint"/>.</param>
/// <param name="Keys">Key of each row; see <see cref="Data.RowDigests.KeysOf"/>.</param>
/// <param name="Evaluations">In ascending order of steps.</param>
public sealed record ValidationRecord(string Fingerprint, IReadOnlyList<string> Keys, IReadOnlyList<ValidationAnswers> Evaluations)
{
    /// <param name="row">Index in <see cref="Keys"/>.</param>
    public RowLearning LearningOf(int row)
    {
        var learning = new RowLearning(null, null, 0);
        foreach (ValidationAnswers evaluation in Evaluations)
        {
            learning = evaluation.Correct[row]
                ? learning with { FirstRight = learning.FirstRight ?? evaluation.Step, Learnt = learning.Learnt ?? evaluation.Step }
                : learning with { Learnt = null, TimesForgotten = learning.TimesForgotten + (learning.Learnt is null ? 0 : 1) };
        }

        return learning;
    }
}
