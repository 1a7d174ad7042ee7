using DistillStudio.Engine.Optimization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Optimization;

public class AdafactorTests
{
    [Fact]
    public void Step_Matrix_FollowsThePublishedUpdate()
    {
        // Algorithm 4 of Shazeer and Stern 2018 in plain numbers, with a fixed learning rate and no momentum.
        double[,] weights = { { 1, -2, 3 }, { -4, 5, -6 } };
        double[,] gradient = { { 0.1, 0.2, -0.3 }, { 0.4, -0.5, 0.6 } };
        using var parameter = new Parameter(tensor(new float[,] { { 1, -2, 3 }, { -4, 5, -6 } }));
        using var optimizer = new Adafactor([parameter]);
        double[] rows = new double[2];
        double[] columns = new double[3];
        for (int step = 1; step <= 3; step++)
        {
            parameter.grad = tensor(new float[,] { { 0.1f, 0.2f, -0.3f }, { 0.4f, -0.5f, 0.6f } });
            optimizer.Step(0.01);
            Reference(weights, gradient, rows, columns, step);
        }

        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(weights[i / 3, i % 3], parameter[i / 3, i % 3].item<float>(), 1e-5);
        }

        Assert.Equal(5 * sizeof(float), optimizer.StateBytes);
    }

    private static void Reference(double[,] weights, double[,] gradient, double[] rows, double[] columns, int step)
    {
        double decay = 1 - Math.Pow(step, -0.8);
        for (int r = 0; r < 2; r++)
        {
            rows[r] = (decay * rows[r]) + ((1 - decay) * Enumerable.Range(0, 3).Average(c => (gradient[r, c] * gradient[r, c]) + 1e-30));
        }

        for (int c = 0; c < 3; c++)
        {
            columns[c] = (decay * columns[c])
                + ((1 - decay) * Enumerable.Range(0, 2).Average(r => (gradient[r, c] * gradient[r, c]) + 1e-30));
        }

        double Update(int r, int c) => gradient[r, c] / Math.Sqrt(rows[r] * columns[c] / rows.Average());
        double meanSquare = Enumerable.Range(0, 6).Average(i => Math.Pow(Update(i / 3, i % 3), 2));
        double clip = Math.Max(1, Math.Sqrt(meanSquare));
        for (int i = 0; i < 6; i++)
        {
            weights[i / 3, i % 3] -= 0.01 * Update(i / 3, i % 3) / clip;
        }
    }
}
