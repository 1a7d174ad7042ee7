using System.Globalization;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Kernels.Gpu;

namespace DistillStudio.Tests.Emulation;

/// <summary>A kernel's PTX, decoded. Each register, number and name of a place in shared memory has a slot of 64 bits in a thread.</summary>
internal sealed partial class PtxProgram
{
    /// <summary>Slots that differ between threads, filled when one starts.</summary>
    internal static readonly string[] SpecialRegisters =
        ["%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%nctaid.x", "%laneid"];

    /// <summary>Where shared memory begins; no tensor lies so low.</summary>
    internal const long SharedBase = 1 << 12;

    private readonly Dictionary<string, int> _slots = [];
    private readonly List<ulong> _values = [];
    private readonly Dictionary<string, int> _parameters = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly Dictionary<string, long> _shared = [];
    private readonly List<PtxInstruction> _instructions = [];

    internal PtxProgram(PtxModule module)
    {
        Name = module.EntryPoint;
        foreach (string register in SpecialRegisters)
        {
            SlotOf(register, "");
        }

        var statements = new List<string>();
        foreach (string line in module.Assembly.Split('\n').Select(line => Comment().Replace(line, "").Trim().TrimEnd(',')))
        {
            Match shared = Shared().Match(line);
            if (line.StartsWith(".param ", StringComparison.Ordinal))
            {
                _parameters[Parameter().Match(line).Groups[1].Value] = _parameters.Count * KernelArgument.Bytes;
            }
            else if (shared.Success)
            {
                int alignment = Whole(shared.Groups[1]);
                long start = (SharedBytes + alignment - 1) / alignment * alignment;
                _shared[shared.Groups[2].Value] = SharedBase + start;
                SharedBytes = (int)start + Whole(shared.Groups[3]);
            }
            else if (line.EndsWith(':'))
            {
                _labels[line[..^1]] = statements.Count;
            }
            else if (line.EndsWith(';') && !line.StartsWith('.'))
            {
                statements.Add(line[..^1]);
            }
        }

        statements.ForEach(statement => _instructions.Add(Decode(statement)));
    }

    internal string Name { get; }

    internal IReadOnlyList<PtxInstruction> Instructions => _instructions;

    internal int SharedBytes { get; }

    internal int Parameters => _parameters.Count;

    /// <summary>Returns the slots of a thread that has not started.</summary>
    internal ulong[] NewSlots() => [.. _values];

    private PtxInstruction Decode(string statement)
    {
        Match match = Statement().Match(statement);
        Assert.True(match.Success, statement);
        string opcode = match.Groups["opcode"].Value;
        string[] operands = [.. Operand().Matches(match.Groups["operands"].Value).Select(operand => operand.Value)];
        Group guard = match.Groups["guard"];
        return new(opcode, statement)
        {
            Guard = guard.Success ? SlotOf(guard.Value, opcode) : -1,
            IsGuardNegated = match.Groups["not"].Success,
            Target = opcode is "bra" or "bra.uni" ? _labels[operands[0]] : -1,
            Operands = opcode is "bra" or "bra.uni" or "bar.sync" or "ret" ? [] : [.. operands.SelectMany(each => SlotsOf(each, opcode))],
            Offset = operands.Select(OffsetOf).Sum(),
        };
    }

    private int OffsetOf(string operand)
    {
        Match match = Address().Match(operand);
        if (!match.Success)
        {
            return 0;
        }

        int offset = match.Groups[2].Success ? Whole(match.Groups[2]) : 0;
        return offset + _parameters.GetValueOrDefault(match.Groups[1].Value);
    }

    private IEnumerable<int> SlotsOf(string operand, string opcode)
    {
        if (Address().Match(operand) is { Success: true } address)
        {
            return _parameters.ContainsKey(address.Groups[1].Value) ? [] : [SlotOf(address.Groups[1].Value, opcode)];
        }

        return operand.Trim('{', '}').Split(',').Select(each => SlotOf(each.Trim(), opcode));
    }

    private int SlotOf(string operand, string opcode)
    {
        bool isRegister = operand[0] == '%';
        string key = isRegister ? operand : $"{operand} {opcode}";
        if (!_slots.TryGetValue(key, out int slot))
        {
            Assert.True(!operand.Contains('.', StringComparison.Ordinal) || SpecialRegisters.Contains(operand), operand);
            _slots[key] = slot = _values.Count;
            _values.Add(isRegister ? 0 : ValueOf(operand, opcode));
        }

        return slot;
    }

    private ulong ValueOf(string literal, string opcode)
    {
        if (_shared.TryGetValue(literal, out long address))
        {
            return (ulong)address;
        }

        bool isFloat = literal.StartsWith("0f", StringComparison.Ordinal);
        bool takesFloat = opcode.EndsWith(".f32", StringComparison.Ordinal) || opcode == "selp.b32";
        Assert.True(!isFloat || takesFloat, $"{opcode} of {literal}");
        Assert.True(isFloat || !opcode.EndsWith(".f32", StringComparison.Ordinal), $"{opcode} of {literal}");
        ulong value = isFloat
            ? ulong.Parse(literal.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : unchecked((ulong)(long)Int128.Parse(literal, CultureInfo.InvariantCulture));
        return opcode.EndsWith("64", StringComparison.Ordinal) ? value : (uint)value;
    }

    private static int Whole(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(\w+)(\[\d+\])?$")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^\.shared \.align (\d+) \.b8 (\w+)\[(\d+)\];$")]
    private static partial Regex Shared();

    [GeneratedRegex(@"^(@(?<not>!)?(?<guard>%p\d+)\s+)?(?<opcode>[a-z][\w.]*)\s*(?<operands>.*)$")]
    private static partial Regex Statement();

    [GeneratedRegex(@"\[[^\]]*\]|\{[^}]*\}|[^\s,\[{]+")]
    private static partial Regex Operand();

    [GeneratedRegex(@"^\[([%\w]+)(?:\+(\d+))?\]$")]
    private static partial Regex Address();
}
