using DistillStudio.Engine.Kernels;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>Products of a feed-forward network and the activation between them.</summary>
internal abstract class FeedForwardSublayer
{
    /// <param name="tokens">Rows of <paramref name="x"/>.</param>
    /// <param name="x">[rows, D]</param>
    /// <returns>[rows, D]</returns>
    internal abstract Matrix Forward(TokenRows tokens, Matrix x);

    /// <param name="tokens">The same as in the forward pass.</param>
    /// <param name="result">Gradient of the result.</param>
    /// <param name="x">Receives the gradient of the input.</param>
    internal abstract void Backward(TokenRows tokens, Matrix result, Matrix x);
}

/// <param name="workspace">Workspace of the step.</param>
/// <param name="wi">[d_ff, D]: computes the input of the activation.</param>
/// <param name="gate">[d_ff, D]: computes the factor of the activation; null if not gated.</param>
/// <param name="wo">[D, d_ff]</param>
/// <param name="site">Dropout site between the products.</param>
internal sealed unsafe class FeedForwardSublayer<TFormat, TActivation>(Workspace workspace, Weight wi, Weight? gate, Weight wo, uint site)
    : FeedForwardSublayer
    where TFormat : struct, INumberFormat
    where TActivation : struct, IActivation
{
    /// <summary>True if the activation's result suffices for its backward pass and can overwrite its input.</summary>
    private bool IsInPlace => gate is null && typeof(TActivation) == typeof(ReluActivation);

    private Matrix _x;
    private Matrix _inner;
    private Matrix _gate;
    private Matrix _hidden;

    internal override Matrix Forward(TokenRows tokens, Matrix x)
    {
        _x = x;
        _inner = workspace.Multiply(x, wi);
        _gate = gate is null ? default : workspace.Multiply(x, gate);
        _hidden = IsInPlace ? _inner : workspace.Operand(_inner.Rows, _inner.Columns);
        ActivationKernel<TFormat, TActivation>.Forward(
            _inner.Rows, _inner.Columns, tokens.KeysData, workspace.Mask(site), _inner.Data, _gate.Data, _hidden.Data);
        return workspace.Multiply(_hidden, wo);
    }

    internal override void Backward(TokenRows tokens, Matrix result, Matrix x)
    {
        Arena.Mark mark = workspace.Arena.Taken;
        workspace.WeightGradient(result, _hidden, wo);
        Matrix inner = workspace.Operand(_inner.Rows, _inner.Columns);
        Workspace.InputGradient(result, wo, inner, accumulate: false);
        Matrix gateGradient = gate is null ? default : workspace.Operand(_inner.Rows, _inner.Columns);
        DropoutMask mask = workspace.Mask(site);
        if (IsInPlace)
        {
            ActivationKernel<TFormat, TActivation>.BackwardFromResult(inner.Rows, inner.Columns, mask.Scale, _hidden.Data, inner.Data);
        }
        else
        {
            ActivationKernel<TFormat, TActivation>.Backward(
                inner.Rows, inner.Columns, tokens.KeysData, mask, _inner.Data, _gate.Data, inner.Data, gateGradient.Data);
        }

        workspace.WeightGradient(inner, _x, wi);
        Workspace.InputGradient(inner, wi, x, accumulate: false);
        if (gate is not null)
        {
            workspace.WeightGradient(gateGradient, _x, gate);
            Workspace.InputGradient(gateGradient, gate, x, accumulate: true);
        }

        workspace.Arena.Release(mark);
    }
}
