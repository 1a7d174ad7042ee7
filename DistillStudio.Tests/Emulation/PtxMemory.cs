using System.Runtime.InteropServices;

namespace DistillStudio.Tests.Emulation;

/// <summary>
/// The memory that a launch may touch: its views and the group's shared memory. An access outside them, or to elements of another size,
/// fails; so do accesses of two threads to one place, of which one writes, unless a barrier of their group lies between.
/// </summary>
/// <param name="views">Addresses and numbers of elements.</param>
/// <param name="sharedBytes">Shared memory of a group.</param>
internal sealed class PtxMemory(IReadOnlyList<(long Address, long Length)> views, int sharedBytes)
{
    private readonly Dictionary<long, Uses> _global = [];
    private readonly byte[] _shared = GC.AllocateArray<byte>(sharedBytes, pinned: true);
    private readonly bool[] _isWritten = new bool[sharedBytes];
    private Dictionary<long, Uses> _sharedUses = [];

    internal void StartGroup()
    {
        Array.Clear(_isWritten);
        _sharedUses = [];
    }

    /// <param name="by">The thread.</param>
    /// <param name="instruction">Loads one element.</param>
    /// <param name="address">Of the element.</param>
    internal unsafe ulong Load(PtxThread by, PtxInstruction instruction, long address)
    {
        int width = instruction.Width;
        byte* at = PlaceOf(by, instruction, address, out Dictionary<long, Uses> uses);
        uses[address] = uses.GetValueOrDefault(address).Read(by, instruction);
        if (instruction.IsShared)
        {
            int start = (int)(address - PtxProgram.SharedBase);
            Assert.True(_isWritten.AsSpan(start, width).IndexOf(false) < 0, by.Say(instruction, "reads what nobody wrote"));
        }

        return width switch
        {
            2 => *(ushort*)at,
            4 => *(uint*)at,
            _ => *(ulong*)at,
        };
    }

    internal unsafe void Store(PtxThread by, PtxInstruction instruction, long address, ulong value)
    {
        byte* at = PlaceOf(by, instruction, address, out Dictionary<long, Uses> uses);
        uses[address] = uses.GetValueOrDefault(address).Write(by, instruction);
        if (instruction.IsShared)
        {
            _isWritten.AsSpan((int)(address - PtxProgram.SharedBase), instruction.Width).Fill(true);
        }

        switch (instruction.Width)
        {
            case 2:
                *(ushort*)at = (ushort)value;
                break;
            case 4:
                *(uint*)at = (uint)value;
                break;
            default:
                *(ulong*)at = value;
                break;
        }
    }

    private unsafe byte* PlaceOf(PtxThread by, PtxInstruction instruction, long address, out Dictionary<long, Uses> uses)
    {
        int width = instruction.Width;
        Assert.True(address % width == 0, by.Say(instruction, $"is not aligned: {address:X}"));
        if (instruction.IsShared)
        {
            long start = address - PtxProgram.SharedBase;
            Assert.True(start >= 0 && start + width <= sharedBytes, by.Say(instruction, $"is at {start} of shared memory"));
            uses = _sharedUses;
            return (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_shared, (int)start);
        }

        bool isInside = views.Any(view => address >= view.Address && address < view.Address + (view.Length * width)
            && (address - view.Address) % width == 0);
        Assert.True(isInside, by.Say(instruction, "is outside of all views"));
        uses = _global;
        return (byte*)address;
    }

    /// <summary>Who wrote a place last, and who read it since or in the same stretch between two barriers.</summary>
    private readonly record struct Uses(PtxThread? Writer, int WriterStretch, PtxThread? Reader, int ReaderStretch, bool HasOthers)
    {
        internal Uses Read(PtxThread by, PtxInstruction instruction)
        {
            Assert.False(IsRace(Writer, WriterStretch, by), by.Say(instruction, $"reads what {Writer} writes"));
            bool goesOn = Reader is not null && (Reader.Group != by.Group || ReaderStretch == by.Stretch);
            return this with { Reader = by, ReaderStretch = by.Stretch, HasOthers = goesOn && (HasOthers || Reader != by) };
        }

        internal Uses Write(PtxThread by, PtxInstruction instruction)
        {
            Assert.False(IsRace(Writer, WriterStretch, by), by.Say(instruction, $"writes what {Writer} writes"));
            bool isRead = IsRace(Reader, ReaderStretch, by) || (HasOthers && Reader is not null && (ReaderStretch == by.Stretch));
            Assert.False(isRead, by.Say(instruction, $"writes what {Reader} or another reads"));
            return this with { Writer = by, WriterStretch = by.Stretch };
        }

        private static bool IsRace(PtxThread? first, int stretch, PtxThread second) =>
            first is not null && first != second && (first.Group != second.Group || stretch == second.Stretch);
    }
}
