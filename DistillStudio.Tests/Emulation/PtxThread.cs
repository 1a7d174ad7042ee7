namespace DistillStudio.Tests.Emulation;

/// <summary>A thread of a group.</summary>
/// <param name="program">The kernel.</param>
/// <param name="group">Its group's index.</param>
/// <param name="index">Its own in the group.</param>
/// <param name="slots">Values of the program's slots.</param>
internal sealed class PtxThread(PtxProgram program, int group, int index, ulong[] slots)
{
    internal int Group => group;

    internal int Index => index;

    internal ulong[] Slots => slots;

    /// <summary>Index of the next instruction.</summary>
    internal int Next { get; set; }

    /// <summary>Barriers passed.</summary>
    internal int Stretch { get; set; }

    internal bool HasReturned { get; set; }

    internal PtxInstruction Instruction => program.Instructions[Next];

    internal string Say(PtxInstruction instruction, string problem) => $"{program.Name}, {this}: {instruction.Statement} {problem}";

    public override string ToString() => $"thread {index} of group {group}";
}
