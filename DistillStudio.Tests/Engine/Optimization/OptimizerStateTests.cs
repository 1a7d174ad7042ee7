using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Settings;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = DistillStudio.Engine.Optimization.AdamW;
using Parameter = TorchSharp.Modules.Parameter;

namespace DistillStudio.Tests.Engine.Optimization;

public sealed class OptimizerStateTests
{
    [Theory]
    [InlineData(OptimizerName.AdamW)]
    [InlineData(OptimizerName.Adafactor)]
    public void State_CopiedIntoAnotherOptimizer_ContinuesBitForBit(OptimizerName name)
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter[] parameters = [new(rand(5, 7)), new(rand(3))];
        using IOptimizer optimizer = Create(name, parameters);
        Take(optimizer, parameters, 3);

        Parameter[] copies = [.. parameters.Select(p => new Parameter(p.detach().clone()))];
        using IOptimizer other = Create(name, copies);
        other.Steps = optimizer.Steps;
        foreach ((OptimizerPart from, OptimizerPart to) in optimizer.State().Zip(other.State()))
        {
            Assert.Equal((from.Name, from.Parameter), (to.Name, to.Parameter));
            to.Value.copy_(from.Value);
        }

        Take(optimizer, parameters, 2);
        Take(other, copies, 2);

        Assert.Equal(5, other.Steps);
        Assert.All(parameters.Zip(copies), pair => Assert.Equal(pair.First.data<float>(), pair.Second.data<float>()));
    }

    private static IOptimizer Create(OptimizerName name, Parameter[] parameters) => name switch
    {
        OptimizerName.AdamW => new AdamW(parameters),
        _ => new Adafactor(parameters),
    };

    /// <summary>The gradient is a function of parameter and step, so that both optimisers receive the same.</summary>
    private static void Take(IOptimizer optimizer, Parameter[] parameters, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            foreach (Parameter parameter in parameters)
            {
                parameter.grad = (parameter.detach() * 3 + optimizer.Steps).sin();
            }

            optimizer.Step(0.01);
        }
    }
}
