using System.Reflection;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>A kernel with its type arguments.</summary>
/// <param name="Method">Static method whose parameters are views and numbers.</param>
internal sealed record GpuKernel(MethodInfo Method)
{
    /// <summary>Unique name, such as <c>GpuNormKernel.Forward(UInt16, GpuBFloat16)</c>.</summary>
    internal string Name { get; } = Method.IsGenericMethod
        ? $"{Method.DeclaringType!.Name}.{Method.Name}({string.Join(", ", Method.GetGenericArguments().Select(type => type.Name))})"
        : $"{Method.DeclaringType!.Name}.{Method.Name}";

    /// <param name="type">Class of the kernel.</param>
    /// <param name="method">Its method.</param>
    /// <param name="arguments">Types for the method's parameters of type.</param>
    internal static GpuKernel Of(Type type, string method, params Type[] arguments)
    {
        MethodInfo found = type.GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)
            ?? throw new ArgumentException($"{type.Name} has no kernel {method}.");
        return new(arguments.Length == 0 ? found : found.MakeGenericMethod(arguments));
    }
}
