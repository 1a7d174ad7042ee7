using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>The four products of an attention sublayer and the kernel between them.</summary>
/// <param name="workspace">Workspace of the step.</param>
/// <param name="q">[H · d_kv, D]</param>
/// <param name="k">[H · d_kv, D]</param>
/// <param name="v">[H · d_kv, D]</param>
/// <param name="o">[D, H · d_kv]</param>
/// <param name="weightsSite">Dropout site of the attention weights.</param>
/// <param name="bias">Null in cross-attention.</param>
internal sealed unsafe class AttentionSublayer<TFormat>(
    Workspace workspace, Weight q, Weight k, Weight v, Weight o, uint weightsSite, PositionBias? bias)
    where TFormat : struct, INumberFormat
{
    private AttentionShape _shape;
    private Matrix _x;
    private Matrix _source;
    private Matrix _queries;
    private Matrix _keys;
    private Matrix _values;
    private Matrix _mixed;
    private float* _logSums;

    /// <param name="shape">Which rows attend to which.</param>
    /// <param name="tokens">Rows of <paramref name="x"/>.</param>
    /// <param name="x">Source of the queries, [rows, D].</param>
    /// <param name="source">Source of the keys and values, [rows, D]; <paramref name="x"/> itself in self-attention.</param>
    /// <returns>[rows, D]</returns>
    internal Matrix Forward(in AttentionShape shape, TokenRows tokens, Matrix x, Matrix source)
    {
        (_shape, _x, _source) = (shape, x, source);
        _queries = workspace.Multiply(x, q);
        _keys = workspace.Multiply(source, k);
        _values = workspace.Multiply(source, v);
        _mixed = workspace.Operand(x.Rows, _queries.Columns);
        _logSums = workspace.Arena.Take<float>((long)shape.Heads * tokens.Count);
        Arena.Mark mark = workspace.Arena.Taken;
        AttentionKernel<TFormat>.Forward(Operands(), _mixed.Data);
        workspace.Arena.Release(mark);
        workspace.ClearPadding(_mixed, tokens);
        return workspace.Multiply(_mixed, o);
    }

    /// <param name="result">Gradient of the result, [rows, D].</param>
    /// <param name="tokens">Rows of the queries.</param>
    /// <param name="sourceTokens">Rows of the keys and values.</param>
    /// <param name="x">Receives the gradient of the query source; in self-attention the gradient of both.</param>
    /// <param name="source">In cross-attention, float32: receives the gradient of the key and value source.</param>
    /// <param name="addsToSource">Whether to accumulate into <paramref name="source"/>.</param>
    internal void Backward(
        Matrix result, TokenRows tokens, TokenRows sourceTokens, Matrix x, Matrix source = default, bool addsToSource = false)
    {
        Arena.Mark mark = workspace.Arena.Taken;
        workspace.WeightGradient(result, _mixed, o);
        Matrix mixed = workspace.Operand(_mixed.Rows, _mixed.Columns);
        Workspace.InputGradient(result, o, mixed, accumulate: false);

        Matrix queries = workspace.Operand(_queries.Rows, _queries.Columns);
        Matrix keys = workspace.Operand(_keys.Rows, _keys.Columns);
        Matrix values = workspace.Operand(_values.Rows, _values.Columns);
        float* biasParts = bias is null ? null : workspace.Arena.Take<float>((long)_shape.Parts * _shape.Distances);
        AttentionKernel<TFormat>.Backward(Operands(), new(mixed.Address, queries.Address, keys.Address, values.Address, (nint)biasParts));
        bias?.Backward(biasParts, _shape.Parts);
        workspace.ClearPadding(queries, tokens);
        workspace.ClearPadding(keys, sourceTokens);
        workspace.ClearPadding(values, sourceTokens);

        workspace.WeightGradient(queries, _x, q);
        workspace.WeightGradient(keys, _source, k);
        workspace.WeightGradient(values, _source, v);
        Workspace.InputGradient(queries, q, x, accumulate: false);
        if (source.IsNone)
        {
            Workspace.InputGradient(keys, k, x, accumulate: true);
            Workspace.InputGradient(values, v, x, accumulate: true);
        }
        else
        {
            workspace.InputGradientInFloats(keys, k, source, addsToSource);
            workspace.InputGradientInFloats(values, v, source, accumulate: true);
        }

        workspace.Arena.Release(mark);
    }

    private AttentionKernel<TFormat>.Operands Operands()
    {
        float* scratch = workspace.Arena.Take<float>(ParallelTeam.Size * AttentionScratch.Size(_shape));
        nint table = bias is null ? 0 : (nint)bias.Table;
        return new(
            _shape, _queries.Address, _keys.Address, _values.Address, table, workspace.Mask(weightsSite), (nint)scratch, (nint)_logSums);
    }
}
