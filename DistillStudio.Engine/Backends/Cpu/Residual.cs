using DistillStudio.Engine.Backends.Kernels;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Model.ByHand;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>Adds what a sublayer gave to the residual stream, and norms the stream for the next: <see cref="NormKernel{TFormat}"/>.</summary>
/// <param name="workspace">Of the step.</param>
/// <param name="weight">Of the norm.</param>
/// <param name="epsilon">Of the norm.</param>
/// <param name="addedSite">Where dropout of the sublayer before falls; null before the first.</param>
/// <param name="finalSite">Where dropout after the norm falls; null but after the last.</param>
/// <param name="scale">Multiplies the result.</param>
internal sealed unsafe class Residual<TFormat>(Workspace workspace, Weight weight, double epsilon, uint? addedSite, uint? finalSite = null, double scale = 1)
    where TFormat : struct, INumberFormat
{
    private NormKernel<TFormat>.Shape _shape;
    private Matrix _sum;
    private float* _inverse;

    /// <param name="tokens">Rows of all that follows.</param>
    /// <param name="x">The stream so far, [rows, D]; becomes the stream with <paramref name="added"/>.</param>
    /// <param name="added">None before the first sublayer.</param>
    /// <returns>The normed stream, [rows, D]</returns>
    internal Matrix Forward(TokenRows tokens, ref Matrix x, Matrix added)
    {
        _shape = new(x.Rows, x.Columns, tokens.Keys);
        _sum = added.IsNone ? x : workspace.Floats(x.Rows, x.Columns);
        _inverse = workspace.Arena.Take<float>(x.Rows);
        Matrix normed = workspace.Operand(x.Rows, x.Columns);
        NormKernel<TFormat>.Forward(
            _shape, x.Floats, added.Data, MaskOf(addedSite), _sum.Floats, weight.Data, (float)epsilon, _inverse, normed.Data, MaskOf(finalSite), (float)scale);
        x = _sum;
        return normed;
    }

    /// <param name="normed">Gradient of the normed stream.</param>
    /// <param name="stream">Gradient of the stream; becomes that of the stream before.</param>
    /// <param name="added">Takes the gradient of what was added; none where nothing was.</param>
    internal void Backward(Matrix normed, Matrix stream, Matrix added)
    {
        Arena.Mark mark = workspace.Arena.Taken;
        float* weightParts = workspace.Arena.Take<float>((long)_shape.Parts * _shape.Width);
        NormKernel<TFormat>.Backward(
            _shape, _sum.Floats, weight.Data, _inverse, normed.Data, MaskOf(finalSite), (float)scale, stream.Floats, added.Data, MaskOf(addedSite), weightParts);
        AddParts(weightParts);
        workspace.Arena.Release(mark);
    }

    private void AddParts(float* weightParts)
    {
        var gradient = new Span<float>(weight.GradientData, _shape.Width);
        if (weight.Begin())
        {
            gradient.Clear();
        }

        for (int part = 0; part < _shape.Parts; part++)
        {
            for (int i = 0; i < gradient.Length; i++)
            {
                gradient[i] += weightParts[((long)part * _shape.Width) + i];
            }
        }
    }

    private DropoutMask MaskOf(uint? site) => site is { } known ? workspace.Mask(known) : DropoutMask.None;
}
