using System.Text;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>
/// A template of the input, such as <c>{question}</c> or <c>{premise}&lt;/s&gt;{hypothesis}</c>: names in braces are replaced by the row's
/// values; <c>{{</c> and <c>}}</c> are braces, <c>\n</c> a line break.
/// </summary>
public sealed class InputTemplate
{
    private readonly List<(string Text, bool IsColumn)> _parts = [];

    /// <exception cref="InputException">A brace is not closed or not opened, or no column is named.</exception>
    public InputTemplate(string text)
    {
        var plain = new StringBuilder();
        string unescaped = text.Replace("\\n", "\n", StringComparison.Ordinal);
        for (int i = 0; i < unescaped.Length; i++)
        {
            char c = unescaped[i];
            if (c is '{' or '}' && i + 1 < unescaped.Length && unescaped[i + 1] == c)
            {
                plain.Append(c);
                i++;
            }
            else if (c == '{')
            {
                int end = unescaped.IndexOf('}', i);
                string name = end < 0 ? "" : unescaped[(i + 1)..end].Trim();
                if (name.Length == 0)
                {
                    throw new InputException($"The input template \"{text}\" has a brace without a column; write {{column}}, "
                        + $"or {{{{ for a brace.");
                }

                Flush(plain);
                _parts.Add((name, true));
                i = end;
            }
            else if (c == '}')
            {
                throw new InputException($"The input template \"{text}\" closes a brace that was not opened; write {{column}}, "
                    + $"or }}}} for a brace.");
            }
            else
            {
                plain.Append(c);
            }
        }

        Flush(plain);
        if (Columns.Count == 0)
        {
            throw new InputException($"The input template \"{text}\" names no column; write one in braces, such as {{question}}.");
        }
    }

    /// <summary>The columns named, each once.</summary>
    public IReadOnlyList<string> Columns => [.. _parts.Where(part => part.IsColumn).Select(part => part.Text).Distinct()];

    /// <summary>Returns the text with each column replaced by its value.</summary>
    /// <param name="value">Returns the value of a column.</param>
    public string Fill(Func<string, string> value)
    {
        var text = new StringBuilder();
        foreach ((string part, bool isColumn) in _parts)
        {
            text.Append(isColumn ? value(part) : part);
        }

        return text.ToString();
    }

    private void Flush(StringBuilder plain)
    {
        if (plain.Length > 0)
        {
            _parts.Add((plain.ToString(), false));
            plain.Clear();
        }
    }
}
