using System.Buffers.Binary;
using System.Text;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>A name that a pickle imports.</summary>
internal sealed record PickleGlobal(string Module, string Name);

/// <summary>An object stored outside the pickle, identified by a tuple.</summary>
internal sealed record PicklePersistent(IReadOnlyList<object?> Id);

/// <summary>The functions that a pickle of tensors may call.</summary>
internal interface IPickleCalls
{
    /// <summary>Returns the result of a call, or null if the function is not allowed.</summary>
    object? Call(PickleGlobal function, IReadOnlyList<object?> arguments);
}

/// <summary>
/// Reads a pickle (protocols 2 to 5) of numbers, text, tuples, lists and dictionaries, and calls only the functions that
/// <see cref="IPickleCalls"/> allows. Values are null, bool, long, double, string, object?[] for a tuple, List, Dictionary,
/// <see cref="PickleGlobal"/>, <see cref="PicklePersistent"/>, and the results of calls. It neither recurses nor copies values
/// already read, so memory is proportional to the size of the pickle.
/// </summary>
internal sealed class PickleMachine
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _code;
    private readonly string _path;
    private readonly IPickleCalls _calls;
    private readonly Stack<List<object?>> _marks = new();
    private readonly Dictionary<long, object?> _memo = [];
    private List<object?> _stack = [];
    private int _next;

    private PickleMachine(byte[] code, string path, IPickleCalls calls)
    {
        _code = code;
        _path = path;
        _calls = calls;
    }

    /// <exception cref="InputException">The pickle is malformed or uses a feature that is not allowed.</exception>
    internal static object? Run(byte[] code, string path, IPickleCalls calls) => new PickleMachine(code, path, calls).Run();

    private object? Run()
    {
        for (; ; )
        {
            int place = _next;
            byte operation = Take(1)[0];
            if (operation == (byte)'.')
            {
                return Pop();
            }

            if (!TryPushConstant(operation) && !TryBuild(operation) && !TryMemo(operation))
            {
                throw Bad($"uses the operation 0x{operation:x2} at byte {place}, which no description of tensors needs");
            }
        }
    }

    private bool TryPushConstant(byte operation)
    {
        object? constant;
        switch (operation)
        {
            case (byte)'N': constant = null; break;
            case 0x88: constant = true; break;
            case 0x89: constant = false; break;
            case (byte)'K': constant = (long)Take(1)[0]; break;
            case (byte)'M': constant = (long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)); break;
            case (byte)'J': constant = (long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)); break;
            case 0x8a: constant = ReadLong(Take(1)[0]); break;
            case (byte)'G': constant = BinaryPrimitives.ReadDoubleBigEndian(Take(8)); break;
            case (byte)'X': constant = ReadText(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case 0x8c: constant = ReadText(Take(1)[0]); break;
            case (byte)'c': constant = new PickleGlobal(ReadLine(), ReadLine()); break;
            case (byte)'}': constant = new Dictionary<object, object?>(); break;
            case (byte)']': constant = new List<object?>(); break;
            case (byte)')': constant = Array.Empty<object?>(); break;
            default: return false;
        }

        _stack.Add(constant);
        return true;
    }

    private bool TryBuild(byte operation)
    {
        switch (operation)
        {
            case (byte)'(':
                _marks.Push(_stack);
                _stack = [];
                break;
            case (byte)'t':
                object?[] tuple = [.. PopToMark()];
                _stack.Add(tuple);
                break;
            case 0x85 or 0x86 or 0x87:
                _stack.Add(PopMany(operation - 0x84));
                break;
            case (byte)'s':
                object?[] pair = PopMany(2);
                SetItems(Peek(), pair);
                break;
            case (byte)'u':
                List<object?> items = PopToMark();
                SetItems(Peek(), items);
                break;
            case (byte)'a':
                object? single = Pop();
                Append(Peek(), [single]);
                break;
            case (byte)'e':
                List<object?> several = PopToMark();
                Append(Peek(), several);
                break;
            case 0x93:
                object?[] names = PopMany(2);
                _stack.Add(
                    names is [string module, string name] ? new PickleGlobal(module, name) : throw Bad("imports something without a name"));
                break;
            case (byte)'Q':
                _stack.Add(new PicklePersistent(Pop() as object?[] ?? throw Bad("names something outside it in an unknown way")));
                break;
            case (byte)'R':
                _stack.Add(Call());
                break;
            case (byte)'b':
                Pop();
                if (Peek() is not Dictionary<object, object?>) // attributes of an ordered dictionary, such as module versions
                {
                    throw Bad("sets the state of an object");
                }

                break;
            default:
                return false;
        }

        return true;
    }

    private bool TryMemo(byte operation)
    {
        switch (operation)
        {
            case 0x80: Take(1); break; // protocol
            case 0x95: Take(8); break; // frame
            case (byte)'q': _memo[Take(1)[0]] = Peek(); break;
            case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek(); break;
            case 0x94: _memo[_memo.Count] = Peek(); break;
            case (byte)'h': Recall(Take(1)[0]); break;
            case (byte)'j': Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            default: return false;
        }

        return true;
    }

    private object Call()
    {
        object?[] call = PopMany(2);
        return call is [PickleGlobal function, object?[] arguments]
            ? _calls.Call(function, arguments) ?? throw Bad($"calls {FileText.Text($"{function.Module}.{function.Name}")}, "
                + $"which is not allowed because it could do anything")
            : throw Bad("calls something that is not a function");
    }

    private void SetItems(object? target, IReadOnlyList<object?> items)
    {
        if (target is not Dictionary<object, object?> dictionary || items.Count % 2 != 0)
        {
            throw Bad("fills something that is not a dictionary");
        }

        for (int i = 0; i < items.Count; i += 2)
        {
            dictionary[items[i] is string or long ? items[i]! : throw Bad("has a dictionary whose keys are neither text nor numbers")] =
                items[i + 1];
        }
    }

    private void Append(object? target, IReadOnlyList<object?> items) =>
        (target as List<object?> ?? throw Bad("fills something that is not a list")).AddRange(items);

    private void Recall(long index) =>
        _stack.Add(_memo.TryGetValue(index, out object? value) ? value : throw Bad("recalls a value that it never stored"));

    private object? Peek() => _stack.Count > 0 ? _stack[^1] : throw Bad("takes from an empty stack");

    private object? Pop()
    {
        object? value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopMany(int count)
    {
        if (_stack.Count < count)
        {
            throw Bad("takes from an empty stack");
        }

        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private List<object?> PopToMark()
    {
        List<object?> values = _stack;
        _stack = _marks.Count > 0 ? _marks.Pop() : throw Bad("closes a mark that it never opened");
        return values;
    }

    private long ReadLong(int length)
    {
        if (length > sizeof(long))
        {
            throw Bad($"has a number of {length} bytes");
        }

        ReadOnlySpan<byte> bytes = Take(length);
        long value = length > 0 && bytes[^1] >= 0x80 ? -1 : 0; // sign extension
        for (int i = length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return value;
    }

    private string ReadText(uint length)
    {
        if (length > _code.Length)
        {
            throw Bad("ends within a text");
        }

        try
        {
            return StrictUtf8.GetString(Take((int)length));
        }
        catch (DecoderFallbackException e)
        {
            throw Bad("has a text that is not UTF-8", e);
        }
    }

    private string ReadLine()
    {
        int length = _code.AsSpan(_next).IndexOf((byte)'\n');
        if (length < 0)
        {
            throw Bad("ends within a name");
        }

        string line = Encoding.ASCII.GetString(Take(length));
        Take(1);
        return line;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _code.Length - _next)
        {
            throw Bad("ends before it is complete");
        }

        _next += count;
        return _code.AsSpan(_next - count, count);
    }

    private InputException Bad(string what, Exception? cause = null) =>
        new($"{_path} holds a pickle that {what}; use a {PyTorchFile.FileName} that holds only weights, or model.safetensors.", cause);
}
