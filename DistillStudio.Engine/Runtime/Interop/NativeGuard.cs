using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Calls C++ functions that may throw. An exception that reaches .NET's own frames ends the process; TorchSharp catches those of the
/// functions that it wraps, and this does so for others: a few instructions around the call, with the tables by which the C++ runtime finds
/// a handler (Itanium C++ ABI, and the DWARF call frame information of the System V ABI). On Linux with an x64 processor only.
/// </summary>
internal static unsafe partial class NativeGuard
{
    private const int ProtectReadWrite = 3;
    private const int ProtectReadExecute = 5;
    private const int PrivateAnonymous = 0x22;
    private const int PageBytes = 4096;
    private const int TablesAt = 256;
    private const int CallAt = 0x1C;
    private const int CallBytes = 2;
    private const int HandlerAt = 0x2A;

    /// <summary>
    /// <code>
    /// push rbp; mov rbp, rsp; push rbx; push r12    // keeps the stack aligned
    /// mov rbx, rsi; mov rax, rdi                    // rdi: the function, rsi: Frame
    /// mov rdi, [rbx]; mov rsi, [rbx+8]; mov rdx, [rbx+16]; mov rcx, [rbx+24]
    /// call rax
    /// mov [rbx+32], rax; mov [rbx+40], rdx; xor eax, eax; jmp out
    /// handler: mov r12d, edx; mov rdi, rax          // which handler, the exception
    /// call [rbx+56]                                 // __cxa_begin_catch
    /// cmp r12d, 1; jne unnamed                      // no std::exception
    /// mov rdi, rax; mov rax, [rax]; call [rax+16]   // what()
    /// mov rdi, rax; call [rbx+64]; mov [rbx+48], rax // strdup
    /// unnamed: call [rbx+72]                        // __cxa_end_catch
    /// mov eax, 1
    /// out: pop r12; pop rbx; pop rbp; ret
    /// </code>
    /// </summary>
    private static ReadOnlySpan<byte> Instructions =>
    [
        0x55, 0x48, 0x89, 0xE5, 0x53, 0x41, 0x54, 0x48, 0x89, 0xF3, 0x48, 0x89, 0xF8, 0x48, 0x8B, 0x3B, 0x48, 0x8B, 0x73, 0x08,
        0x48, 0x8B, 0x53, 0x10, 0x48, 0x8B, 0x4B, 0x18, 0xFF, 0xD0, 0x48, 0x89, 0x43, 0x20, 0x48, 0x89, 0x53, 0x28, 0x31, 0xC0,
        0xEB, 0x2A, 0x41, 0x89, 0xD4, 0x48, 0x89, 0xC7, 0xFF, 0x53, 0x38, 0x41, 0x83, 0xFC, 0x01, 0x75, 0x13, 0x48, 0x89, 0xC7,
        0x48, 0x8B, 0x00, 0xFF, 0x50, 0x10, 0x48, 0x89, 0xC7, 0xFF, 0x53, 0x40, 0x48, 0x89, 0x43, 0x30, 0xFF, 0x53, 0x48, 0xB8,
        0x01, 0x00, 0x00, 0x00, 0x41, 0x5C, 0x5B, 0x5D, 0xC3,
    ];

    private static readonly Lazy<Runtime?> Prepared = new(Prepare);

    /// <summary>True if <see cref="Call"/> works on this system.</summary>
    internal static bool IsAvailable => Prepared.Value is not null;

    /// <summary>Two registers of a result.</summary>
    internal readonly record struct Pair(nint First, nint Second);

    /// <summary>Calls a function with up to four integer or pointer arguments.</summary>
    /// <returns>The integer result, of up to two registers.</returns>
    /// <exception cref="ExternalException">The function threw; the message is its own.</exception>
    internal static Pair Call(nint function, nint first = 0, nint second = 0, nint third = 0, nint fourth = 0)
    {
        Runtime runtime = Prepared.Value ?? throw new PlatformNotSupportedException("C++ exceptions cannot be caught on this system.");
        var frame = new Frame
        {
            First = first,
            Second = second,
            Third = third,
            Fourth = fourth,
            BeginCatch = runtime.BeginCatch,
            Duplicate = runtime.Duplicate,
            EndCatch = runtime.EndCatch,
        };
        if (((delegate* unmanaged<nint, Frame*, int>)runtime.Entry)(function, &frame) == 0)
        {
            return new(frame.Result, frame.SecondResult);
        }

        string message = Marshal.PtrToStringUTF8(frame.Message) ?? "an unnamed C++ exception";
        NativeMemory.Free((void*)frame.Message); // strdup's, from malloc
        throw new NativeException(message);
    }

    /// <summary>
    /// Calls a function that throws. Ends the process if exceptions cannot be caught here after all, so call it where that does no harm.
    /// </summary>
    /// <returns>True if the exception arrived.</returns>
    internal static bool Try()
    {
        const string Thrower = "_ZSt20__throw_out_of_rangePKc"; // std::__throw_out_of_range(const char*)
        const string Text = "an exception to catch";
        if (!IsAvailable || !NativeLibrary.TryGetExport(NativeLibrary.Load("libstdc++.so.6"), Thrower, out nint thrower))
        {
            return false;
        }

        nint text = Marshal.StringToCoTaskMemUTF8(Text);
        try
        {
            Call(thrower, text);
            return false;
        }
        catch (ExternalException e)
        {
            return e.Message == Text;
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    private static Runtime? Prepare()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64
            || !NativeLibrary.TryLoad("libstdc++.so.6", out nint cpp) || !NativeLibrary.TryLoad("libgcc_s.so.1", out nint gcc)
            || !NativeLibrary.TryLoad("libc.so.6", out nint libc)
            || !NativeLibrary.TryGetExport(cpp, "__gxx_personality_v0", out nint personality)
            || !NativeLibrary.TryGetExport(cpp, "_ZTISt9exception", out nint exceptionType)
            || !NativeLibrary.TryGetExport(cpp, "__cxa_begin_catch", out nint begin)
            || !NativeLibrary.TryGetExport(cpp, "__cxa_end_catch", out nint end)
            || !NativeLibrary.TryGetExport(libc, "strdup", out nint duplicate)
            || !NativeLibrary.TryGetExport(gcc, "__register_frame", out nint register))
        {
            return null;
        }

        nint page = Map(0, PageBytes, ProtectReadWrite, PrivateAnonymous, -1, 0);
        if (page == -1)
        {
            return null;
        }

        var bytes = new Span<byte>((void*)page, PageBytes);
        Instructions.CopyTo(bytes);
        byte[] handlers = Handlers(exceptionType);
        byte[] frames = Frames(personality, page, page + TablesAt);
        handlers.CopyTo(bytes[TablesAt..]);
        int framesAt = TablesAt + 64;
        frames.CopyTo(bytes[framesAt..]);
        if (Protect(page, PageBytes, ProtectReadExecute) != 0)
        {
            return null;
        }

        ((delegate* unmanaged<nint, void>)register)(page + framesAt);
        return new(page, begin, duplicate, end);
    }

    /// <summary>Returns the language-specific data: which part of the code has a handler, and for which types.</summary>
    private static byte[] Handlers(nint exceptionType)
    {
        byte[] calls = [CallAt, CallBytes, HandlerAt, 1]; // start, length, handler, first action
        byte[] actions = [1, 1, 2, 0]; // type 1, else the next one; type 2, the last
        byte[] typesFromEnd = [.. Word(0), .. Word(exceptionType)]; // 2: anything; 1: std::exception
        int toTypesEnd = 2 + calls.Length + actions.Length + typesFromEnd.Length;

        // no separate start of handlers, absolute types, LEB128 call sites
        return [0xFF, 0x00, (byte)toTypesEnd, 0x01, (byte)calls.Length, .. calls, .. actions, .. typesFromEnd];
    }

    /// <summary>Returns the call frame information: where the caller's registers lie on the stack, and where the handlers are.</summary>
    private static byte[] Frames(nint personality, nint code, nint handlers)
    {
        byte[] common = Entry(
        [
            0, 0, 0, 0, 1, .. "zPLR\0"u8, 1, 0x78, 16, // version, augmentation, alignments 1 and -8, return address
            11, 0, .. Word(personality), 0, 0,         // absolute addresses throughout
            0x0C, 6, 16, 0x86, 2, 0x90, 1,             // frame at rbp + 16, rbp at -16, return address at -8
            0x83, 3, 0x8C, 4,                          // rbx at -24, r12 at -32
        ]);
        byte[] own = Entry([.. Half(common.Length + 4), .. Word(code), .. Word(Instructions.Length), 8, .. Word(handlers)]);
        return [.. common, .. own, 0, 0, 0, 0];
    }

    /// <summary>Prefixes an entry with its length, padded with no-operations.</summary>
    private static byte[] Entry(byte[] content)
    {
        byte[] padded = [.. content, .. new byte[(8 - ((content.Length + 4) % 8)) % 8]];
        return [.. Half(padded.Length), .. padded];
    }

    private static byte[] Word(nint value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Half(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nint length, int protection);

    /// <param name="Entry">Address of the instructions.</param>
    /// <param name="BeginCatch">Address of <c>__cxa_begin_catch</c>.</param>
    /// <param name="Duplicate">Address of <c>strdup</c>.</param>
    /// <param name="EndCatch">Address of <c>__cxa_end_catch</c>.</param>
    private sealed record Runtime(nint Entry, nint BeginCatch, nint Duplicate, nint EndCatch);

    /// <summary>What the instructions read and write, in this order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Frame
    {
        public nint First;
        public nint Second;
        public nint Third;
        public nint Fourth;
        public nint Result;
        public nint SecondResult;
        public nint Message;
        public nint BeginCatch;
        public nint Duplicate;
        public nint EndCatch;
    }
}
