// Compiled twice: by the build, as an MSBuild task (NativeShim.targets), and by the tests, which define NATIVE_SHIM_TEST.
// It is C# 7.3 without nullable annotations because the build compiles it for netstandard2.0.
#nullable disable
using System;
using System.IO;
using System.Text;

namespace DistillStudio.NativeShim
{
    /// <summary>
    /// Patches TorchSharp's native library to load where the C++ runtime is older than GCC 13 (Debian 12, Ubuntu 22.04, RHEL 9).
    /// </summary>
    /// <remarks>
    /// The library requires the symbol version <c>GLIBCXX_3.4.32</c>, and uses only <c>std::ios_base_library_init()</c> from it,
    /// a start-up hook that is referenced and never called. The requirement is marked weak, so that the loader accepts its absence,
    /// and the one symbol is bound to <c>getpid</c> of the C library instead. Newer systems load the same file. The layout follows
    /// the System V ABI and the Linux Standard Base, "Symbol Versioning".
    /// </remarks>
    public static class NativeShimMender
    {
        private const string NewerVersion = "GLIBCXX_3.4.32";
        private const string BaseVersion = "GLIBC_2.2.5";
        private const string HarmlessFunction = "getpid";

        private const int SectionDynamicSymbols = 11;
        private const int SectionVersionSymbols = 0x6fffffff;
        private const int SectionVersionNeeds = 0x6ffffffe;
        private const ushort WeakNeed = 2;

        /// <summary>Patches a 64-bit little-endian ELF library in place. Returns true if a change was needed.</summary>
        /// <exception cref="InvalidDataException">The library has another format, or uses the symbol in an unexpected way.</exception>
        public static bool Mend(byte[] library)
        {
            if (library.Length < 64 || library[0] != 0x7f || library[1] != 'E' || library[4] != 2 || library[5] != 1)
            {
                throw new InvalidDataException("not a 64-bit little-endian ELF library");
            }

            Section needs = FindSection(library, SectionVersionNeeds);
            int newer = FindNeed(library, needs, NewerVersion);
            if (newer < 0)
            {
                return false;
            }

            int libc = FindNeed(library, needs, BaseVersion);
            if (libc < 0)
            {
                throw new InvalidDataException("the library needs " + NewerVersion + " but not " + BaseVersion + " of the C library");
            }

            ushort newerIndex = BitConverter.ToUInt16(library, newer + 6);
            Write(library, newer + 4, (ushort)(BitConverter.ToUInt16(library, newer + 4) | WeakNeed));
            Rebind(library, newerIndex, BitConverter.ToUInt16(library, libc + 6));
            return true;
        }

        private static void Rebind(byte[] library, ushort fromVersion, ushort toVersion)
        {
            Section symbols = FindSection(library, SectionDynamicSymbols);
            Section versions = FindSection(library, SectionVersionSymbols);
            for (int i = 0; i < symbols.Size / 24; i++)
            {
                int version = versions.Offset + (2 * i);
                int symbol = symbols.Offset + (24 * i);
                if (BitConverter.ToUInt16(library, version) != fromVersion)
                {
                    continue;
                }

                int name = symbols.LinkOffset + (int)BitConverter.ToUInt32(library, symbol);
                bool isDefined = BitConverter.ToUInt16(library, symbol + 6) != 0;
                if (isDefined || !ReadName(library, name).Contains("ios_base_library_init"))
                {
                    throw new InvalidDataException("the library uses more than the start-up hook of " + NewerVersion);
                }

                byte[] replacement = Encoding.ASCII.GetBytes(HarmlessFunction + "\0");
                Buffer.BlockCopy(replacement, 0, library, name, replacement.Length);
                Write(library, version, toVersion);
            }
        }

        /// <summary>Returns the offset of the <c>Vernaux</c> entry with that name, or -1.</summary>
        private static int FindNeed(byte[] library, Section needs, string version)
        {
            for (int need = needs.Offset; ;)
            {
                int entry = need + (int)BitConverter.ToUInt32(library, need + 8);
                for (int left = BitConverter.ToUInt16(library, need + 2); left > 0; left--)
                {
                    if (ReadName(library, needs.LinkOffset + (int)BitConverter.ToUInt32(library, entry + 8)) == version)
                    {
                        return entry;
                    }

                    entry += (int)BitConverter.ToUInt32(library, entry + 12);
                }

                int next = (int)BitConverter.ToUInt32(library, need + 12);
                if (next == 0)
                {
                    return -1;
                }

                need += next;
            }
        }

        private static Section FindSection(byte[] library, int type)
        {
            int table = (int)BitConverter.ToUInt64(library, 40);
            int count = BitConverter.ToUInt16(library, 60);
            for (int i = 0; i < count; i++)
            {
                int header = table + (64 * i);
                if ((int)BitConverter.ToUInt32(library, header + 4) == type)
                {
                    int link = table + (64 * (int)BitConverter.ToUInt32(library, header + 40));
                    return new Section
                    {
                        Offset = (int)BitConverter.ToUInt64(library, header + 24),
                        Size = (int)BitConverter.ToUInt64(library, header + 32),
                        LinkOffset = (int)BitConverter.ToUInt64(library, link + 24),
                    };
                }
            }

            throw new InvalidDataException("the library has no symbol versions");
        }

        private static string ReadName(byte[] library, int offset)
        {
            int end = Array.IndexOf(library, (byte)0, offset);
            return Encoding.ASCII.GetString(library, offset, end - offset);
        }

        private static void Write(byte[] library, int offset, ushort value)
        {
            library[offset] = (byte)value;
            library[offset + 1] = (byte)(value >> 8);
        }

        private struct Section
        {
            public int Offset;
            public int Size;
            public int LinkOffset;
        }
    }

#if !NATIVE_SHIM_TEST
    /// <summary>MSBuild task for <see cref="NativeShimMender"/>: reads a library and writes its patched copy.</summary>
    public sealed class MendNativeShim : Microsoft.Build.Utilities.Task
    {
        [Microsoft.Build.Framework.Required]
        public string Library { get; set; }

        [Microsoft.Build.Framework.Required]
        public string Mended { get; set; }

        public override bool Execute()
        {
            try
            {
                byte[] bytes = File.ReadAllBytes(Library);
                NativeShimMender.Mend(bytes);
                Directory.CreateDirectory(Path.GetDirectoryName(Mended));
                string unfinished = Mended + "." + Guid.NewGuid().ToString("N");
                File.WriteAllBytes(unfinished, bytes);
                File.Delete(Mended);
                File.Move(unfinished, Mended);
                return true;
            }
            catch (Exception e) when (e is IOException || e is UnauthorizedAccessException)
            {
                Log.LogError("{0} could not be prepared for this system: {1}", Library, e.Message);
                return false;
            }
        }
    }
#endif
}
