namespace DistillStudio.Tests.Emulation;

/// <summary>What an instruction does besides computing a number.</summary>
internal enum PtxAction
{
    Compute,
    LoadParameter,
    Load,
    Store,
    Branch,
    Shuffle,
    Barrier,
    Return,
}

/// <param name="opcode">With its types, such as <c>add.f32</c>.</param>
/// <param name="statement">The line, for messages.</param>
internal sealed class PtxInstruction(string opcode, string statement)
{
    internal string Statement => statement;

    internal string Opcode => opcode;

    internal PtxAction Action { get; } = opcode switch
    {
        "bra" or "bra.uni" => PtxAction.Branch,
        "bar.sync" => PtxAction.Barrier,
        "ret" => PtxAction.Return,
        _ when opcode.StartsWith("ld.param.", StringComparison.Ordinal) => PtxAction.LoadParameter,
        _ when opcode.StartsWith("ld.", StringComparison.Ordinal) => PtxAction.Load,
        _ when opcode.StartsWith("st.", StringComparison.Ordinal) => PtxAction.Store,
        _ when opcode.StartsWith("shfl.sync.", StringComparison.Ordinal) => PtxAction.Shuffle,
        _ => PtxAction.Compute,
    };

    /// <summary>Slot of the predicate; -1 if the instruction always runs.</summary>
    internal int Guard { get; init; }

    internal bool IsGuardNegated { get; init; }

    /// <summary>Index of the instruction to go on with; -1 for none.</summary>
    internal int Target { get; init; }

    /// <summary>Slots, in the order of the statement; those of a vector one after the other.</summary>
    internal required int[] Operands { get; init; }

    /// <summary>Bytes to add to an address.</summary>
    internal int Offset { get; init; }

    internal bool IsShared { get; } = opcode.Contains(".shared.", StringComparison.Ordinal);

    /// <summary>Bytes that an element of memory has.</summary>
    internal int Width { get; } = opcode[^2..] switch
    {
        "64" => 8,
        "32" => 4,
        "16" => 2,
        _ => 0,
    };

    internal Func<ulong, ulong, ulong, ulong>? Function { get; } = PtxArithmetic.Find(opcode);
}
