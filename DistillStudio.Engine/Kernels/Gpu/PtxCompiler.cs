using DistillStudio.Engine.Runtime;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// Compiles kernels to PTX, which needs neither a GPU nor a driver: the first in about a second, the others in a few hundredths.
/// </summary>
/// <param name="target">Generation of the GPU.</param>
/// <param name="cache">Compiled kernels of earlier runs; null for none.</param>
internal sealed class PtxCompiler(PtxTarget target, PtxCache? cache) : IDisposable
{
    private readonly Lazy<Compiler> _compiler = new(() => new(target));

    /// <summary>Number of kernels that were not in the cache.</summary>
    internal int Compiled { get; private set; }

    /// <exception cref="StudioException">The kernel cannot be compiled.</exception>
    internal PtxModule Compile(GpuKernel kernel)
    {
        string key = KeyOf(kernel);
        if (cache?.Find(key) is { } found)
        {
            return found;
        }

        try
        {
            EntryPointDescription description = EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method);
            var compiled = (PTXCompiledKernel)_compiler.Value.Backend.Compile(description, default);
            Compiled++;
            var module = new PtxModule(compiled.PTXAssembly, compiled.Name);
            cache?.Store(key, module);
            return module;
        }
        catch (InternalCompilerException e)
        {
            throw new StudioException($"{kernel.Name} cannot be compiled for {target}: {e.Message}", e.ToString(), e);
        }
    }

    public void Dispose()
    {
        if (_compiler.IsValueCreated)
        {
            _compiler.Value.Dispose();
        }
    }

    /// <summary>Depends on everything that decides the code: kernel, target, and the builds of this program and of the compiler.</summary>
    private string KeyOf(GpuKernel kernel) =>
        $"{kernel.Name} {target} {typeof(PtxCompiler).Module.ModuleVersionId} {typeof(Context).Assembly.GetName().Version} "
            + $"{typeof(Context).Module.ModuleVersionId}";

    private sealed class Compiler : IDisposable
    {
        private readonly Context _context = Context.Create(_ => { });

        internal Compiler(PtxTarget target)
        {
            // The oldest instruction set that the target has, so that older drivers accept it too.
            CudaInstructionSet instructions = target.Major >= 8 ? CudaInstructionSet.ISA_70 : CudaInstructionSet.ISA_60;
            Backend = new(_context, new CudaArchitecture(target.Major, 0), instructions, null!); // no library of NVIDIA's is used
        }

        internal PTXBackend Backend { get; }

        public void Dispose()
        {
            Backend.Dispose();
            _context.Dispose();
        }
    }
}
