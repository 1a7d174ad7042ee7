using DistillStudio.Engine.Kernels;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>
/// Adds the output of a sublayer to the residual stream, and normalizes the stream for the next: <see cref="NormKernel{TFormat}"/>.
/// </summary>
/// <param name="workspace">Workspace of the step.</param>
/// <param name="weight">Weight of the norm.</param>
/// <param name="epsilon">Epsilon of the norm.</param>
/// <param name="addedSite">Dropout site of the previous sublayer; null before the first.</param>
/// <param name="finalSite">Dropout site after the norm; null except after the last sublayer.</param>
/// <param name="scale">Factor applied to the result.</param>
internal sealed unsafe class Residual<TFormat>(
    Workspace workspace, Weight weight, double epsilon, uint? addedSite, uint? finalSite = null, double scale = 1)
    where TFormat : struct, INumberFormat
{
    private NormKernel<TFormat>.Shape _shape;
    private Matrix _sum;
    private float* _inverse;

    /// <param name="tokens">Rows of all matrices.</param>
    /// <param name="x">The stream so far, [rows, D]; replaced by the stream plus <paramref name="added"/>.</param>
    /// <param name="added">Output of the previous sublayer; default before the first.</param>
    /// <returns>The normalized stream, [rows, D].</returns>
    internal Matrix Forward(TokenRows tokens, ref Matrix x, Matrix added)
    {
        _shape = new(x.Rows, x.Columns, tokens.Keys);
        _sum = added.IsNone ? x : workspace.Floats(x.Rows, x.Columns);
        _inverse = workspace.Arena.Take<float>(x.Rows);
        Matrix normed = workspace.Operand(x.Rows, x.Columns);
        NormKernel<TFormat>.Forward(
            _shape, x.Floats, added.Data, MaskOf(addedSite), _sum.Floats, weight.Data, (float)epsilon, _inverse, normed.Data,
            MaskOf(finalSite), (float)scale);
        x = _sum;
        return normed;
    }

    /// <param name="normed">Gradient of the normalized stream.</param>
    /// <param name="stream">Gradient of the stream; updated to that of the stream before.</param>
    /// <param name="added">Receives the gradient of what was added; default if nothing was added.</param>
    internal void Backward(Matrix normed, Matrix stream, Matrix added)
    {
        Arena.Mark mark = workspace.Arena.Taken;
        float* weightParts = workspace.Arena.Take<float>((long)_shape.Parts * _shape.Width);
        NormKernel<TFormat>.Backward(
            _shape, _sum.Floats, weight.Data, _inverse, normed.Data, MaskOf(finalSite), (float)scale, stream.Floats, added.Data,
            MaskOf(addedSite), weightParts);
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
