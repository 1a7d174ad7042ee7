namespace DistillStudio.Tests.Emulation;

/// <summary>
/// Runs a group of threads, each as far as it gets alone: to a barrier, where all of the group must meet, or to a shuffle, where all of
/// its warp must.
/// </summary>
internal sealed class PtxGroup
{
    internal const int WarpSize = 32;

    private readonly PtxProgram _program;
    private readonly PtxMemory _memory;
    private readonly byte[] _arguments;
    private readonly PtxThread[] _threads;

    internal PtxGroup(PtxProgram program, PtxMemory memory, byte[] arguments, (int Index, int All) group, int threads)
    {
        (_program, _memory, _arguments) = (program, memory, arguments);
        _threads = [.. Enumerable.Range(0, threads).Select(index => new PtxThread(program, group.Index, index, program.NewSlots()))];
        foreach (PtxThread thread in _threads)
        {
            // In the order of PtxProgram.SpecialRegisters.
            ReadOnlySpan<int> special = [thread.Index, 0, 0, threads, 1, 1, group.Index, group.All, thread.Index % WarpSize];
            for (int i = 0; i < special.Length; i++)
            {
                thread.Slots[i] = (uint)special[i];
            }
        }
    }

    internal void Run()
    {
        _memory.StartGroup();
        while (!_threads[0].HasReturned)
        {
            foreach (PtxThread[] warp in _threads.Chunk(WarpSize))
            {
                RunToBarrier(warp);
            }

            PtxThread first = _threads[0];
            foreach (PtxThread thread in _threads)
            {
                Assert.True(thread.Next == first.Next, thread.Say(thread.Instruction, $"is not where {first} waits"));
                Assert.Equal(first.HasReturned, thread.HasReturned);
            }

            foreach (PtxThread thread in _threads.Where(thread => !thread.HasReturned))
            {
                thread.Next++;
                thread.Stretch++;
            }
        }
    }

    private void RunToBarrier(PtxThread[] warp)
    {
        while (true)
        {
            foreach (PtxThread thread in warp)
            {
                RunAlone(thread);
            }

            PtxInstruction instruction = warp[0].Instruction;
            if (instruction.Action != PtxAction.Shuffle)
            {
                return;
            }

            foreach (PtxThread thread in warp)
            {
                Assert.True(thread.Next == warp[0].Next, thread.Say(thread.Instruction, $"is not where {warp[0]} waits"));
            }

            Shuffle(warp, instruction);
        }
    }

    private static void Shuffle(PtxThread[] warp, PtxInstruction instruction)
    {
        ulong[] values = [.. warp.Select(thread => thread.Slots[instruction.Operands[1]])];
        foreach (PtxThread thread in warp)
        {
            ulong[] slots = thread.Slots;
            Assert.Equal(uint.MaxValue, slots[instruction.Operands[4]]);
            int lane = thread.Index % WarpSize;
            int distance = (int)slots[instruction.Operands[2]];
            int clamp = (int)slots[instruction.Operands[3]];
            int from = instruction.Opcode switch
            {
                "shfl.sync.bfly.b32" when clamp == WarpSize - 1 => lane ^ distance,
                "shfl.sync.up.b32" when clamp == 0 => lane >= distance ? lane - distance : lane,
                _ => throw new NotSupportedException(instruction.Statement),
            };
            slots[instruction.Operands[0]] = values[from];
            thread.Next++;
        }
    }

    private void RunAlone(PtxThread thread)
    {
        ulong[] slots = thread.Slots;
        while (!thread.HasReturned)
        {
            PtxInstruction instruction = thread.Instruction;
            if (instruction.Guard >= 0 && (slots[instruction.Guard] != 0) == instruction.IsGuardNegated)
            {
                thread.Next++;
                continue;
            }

            int[] operands = instruction.Operands;
            switch (instruction.Action)
            {
                case PtxAction.Barrier or PtxAction.Shuffle:
                    return;
                case PtxAction.Return:
                    thread.HasReturned = true;
                    return;
                case PtxAction.Branch:
                    thread.Next = instruction.Target;
                    continue;
                case PtxAction.LoadParameter:
                    ReadOnlySpan<byte> bytes = _arguments.AsSpan(instruction.Offset);
                    slots[operands[0]] = instruction.Width == 8 ? BitConverter.ToUInt64(bytes) : BitConverter.ToUInt32(bytes);
                    break;
                case PtxAction.Load:
                    Assert.Equal(2, operands.Length);
                    slots[operands[0]] = _memory.Load(thread, instruction, (long)slots[operands[1]] + instruction.Offset);
                    break;
                case PtxAction.Store:
                    for (int i = 1; i < operands.Length; i++)
                    {
                        long address = (long)slots[operands[0]] + instruction.Offset + ((i - 1) * instruction.Width);
                        _memory.Store(thread, instruction, address, slots[operands[i]]);
                    }

                    break;
                default:
                    Assert.True(instruction.Function is not null, $"{_program.Name}: {instruction.Statement} is not known.");
                    slots[operands[0]] = instruction.Function(
                        slots[operands[1]], operands.Length > 2 ? slots[operands[2]] : 0, operands.Length > 3 ? slots[operands[3]] : 0);
                    break;
            }

            thread.Next++;
        }
    }
}
