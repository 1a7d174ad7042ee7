using DistillStudio.Engine.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = DistillStudio.Engine.Optimization.AdamW;

namespace DistillStudio.Tests.Engine.Optimization;

public sealed class AdamWTests
{
    private static readonly long[][] Shapes = [[3, 5], [70_001], [1], [16, 32]];

    [Fact]
    public void Step_WithClipping_FollowsThePublishedUpdate()
    {
        // Algorithm 2 of Loshchilov and Hutter 2019 in float64, the gradients clipped to a norm of 1.
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(3);
        Parameter[] parameters = [.. Shapes.Select(shape => new Parameter(randn(shape, generator: generator)))];
        using var optimizer = new AdamW(parameters);
        Tensor[] weights = [.. parameters.Select(p => p.detach().to(ScalarType.Float64))];
        Tensor[] mean = [.. weights.Select(w => zeros_like(w))];
        Tensor[] square = [.. weights.Select(w => zeros_like(w))];
        for (int step = 1; step <= 4; step++)
        {
            foreach (Parameter parameter in parameters)
            {
                parameter.grad = randn(parameter.shape, generator: generator) * (step == 3 ? 1e-6 : 1);
            }

            Tensor[] gradients = [.. parameters.Select(p => p.grad!.to(ScalarType.Float64))];
            double expectedNorm = Math.Sqrt(gradients.Sum(g => g.pow(2).sum().item<double>()));
            double norm = GradientClip.Norm(parameters);
            Assert.Equal(1, norm / expectedNorm, 1e-6);
            Assert.Equal(step == 3, GradientClip.ScaleOf(norm) == 1);
            optimizer.Step(0.01, GradientClip.ScaleOf(norm));
            for (int i = 0; i < parameters.Length; i++)
            {
                Tensor gradient = gradients[i] * Math.Min(1, 1 / (expectedNorm + 1e-6));
                mean[i] = (mean[i] * 0.9) + (gradient * 0.1);
                square[i] = (square[i] * 0.999) + (gradient * gradient * 0.001);
                weights[i] -= 0.01 * (mean[i] / (1 - Math.Pow(0.9, step))) / ((square[i] / (1 - Math.Pow(0.999, step))).sqrt() + 1e-8);
                Assert.InRange((weights[i] - parameters[i].detach()).abs().max().item<double>(), 0, 2e-6);
            }
        }
    }

    [Fact]
    public void Step_ParameterWithoutGradient_StaysAsItIs()
    {
        using DisposeScope scope = NewDisposeScope();
        var still = new Parameter(ones(20));
        var moved = new Parameter(ones(20));
        using var optimizer = new AdamW([still, moved]);
        moved.grad = ones(20);
        optimizer.Step(0.1);

        Assert.All(still.data<float>().ToArray(), value => Assert.Equal(1, value));
        Assert.All(moved.data<float>().ToArray(), value => Assert.Equal(0.9f, value, 1e-4f));
    }

    [Fact]
    public void Norm_OfManyNumbers_LosesNoPrecision()
    {
        using DisposeScope scope = NewDisposeScope();
        var parameter = new Parameter(zeros(10_000_000));
        parameter.grad = full([10_000_000], 0.1f);

        Assert.Equal(1, GradientClip.Norm([parameter]) / (0.1f * Math.Sqrt(10_000_000)), 1e-6);
    }
}
