namespace DistillStudio.Engine.Text;

/// <summary>
/// Finds every piece that begins at a place in a text. A double array: the child of a node by a byte lies at the node's base XOR the byte,
/// if the cell there names the node as its parent.
/// </summary>
internal sealed class PieceTrie
{
    private const int BlockSize = 256;

    /// <summary>Blocks whose free cells are tried for a node with several children; more pack tighter and build slower.</summary>
    private const int OpenBlocks = 16;

    private const int Free = -1;
    private const int Root = -2;
    private const int NoPiece = -1;

    private Cell[] _cells = [];

    /// <param name="pieces">UTF-8 and number, in any order; none empty, none twice.</param>
    public PieceTrie(IEnumerable<(byte[] Text, int Number)> pieces)
    {
        (byte[] Text, int Number)[] sorted = [.. pieces];
        Array.Sort(sorted, (a, b) => a.Text.AsSpan().SequenceCompareTo(b.Text));
        var layout = new Layout(this);
        var pending = new Stack<(int Node, int From, int To, int Depth)>([(0, 0, sorted.Length, 0)]);
        Span<byte> labels = stackalloc byte[BlockSize];
        Span<int> ends = stackalloc int[BlockSize];
        while (pending.TryPop(out (int Node, int From, int To, int Depth) range))
        {
            int at = range.From;
            if (at < range.To && sorted[at].Text.Length == range.Depth)
            {
                _cells[range.Node].Piece = sorted[at++].Number;
            }

            int first = at;
            int count = 0;
            while (at < range.To)
            {
                byte label = sorted[at].Text[range.Depth];
                while (at < range.To && sorted[at].Text[range.Depth] == label)
                {
                    at++;
                }

                labels[count] = label;
                ends[count++] = at;
            }

            if (count == 0)
            {
                continue;
            }

            int start = layout.Place(range.Node, labels[..count]);
            for (int i = 0; i < count; i++)
            {
                pending.Push((start ^ labels[i], i == 0 ? first : ends[i - 1], ends[i], range.Depth + 1));
            }
        }

        layout.Trim();
    }

    /// <summary>The cells, for a loop that walks them itself; node 0 is the root.</summary>
    public ReadOnlySpan<Cell> Cells => _cells;

    /// <summary>Bytes of the longest piece at the text's start; 0 where none begins there.</summary>
    public int LongestMatch(ReadOnlySpan<byte> text)
    {
        int longest = 0;
        int node = 0;
        for (int i = 0; i < text.Length; i++)
        {
            int next = _cells[node].Base ^ text[i];
            if (_cells[next].Parent != node)
            {
                break;
            }

            node = next;
            longest = _cells[node].Piece == NoPiece ? longest : i + 1;
        }

        return longest;
    }

    /// <summary>Does a piece begin with this?</summary>
    public bool IsPrefix(ReadOnlySpan<byte> text)
    {
        int node = 0;
        foreach (byte next in text)
        {
            int child = _cells[node].Base ^ next;
            if (_cells[child].Parent != node)
            {
                return false;
            }

            node = child;
        }

        return true;
    }

    /// <param name="Base">Every base XOR a byte lies within the array.</param>
    /// <param name="Piece">The number of the piece that ends here; negative for none.</param>
    internal record struct Cell(int Base, int Parent, int Piece);

    /// <summary>Gives cells to nodes. The free cells of the last blocks are a linked list.</summary>
    private sealed class Layout
    {
        private readonly PieceTrie _trie;
        private int[] _next = [];
        private int[] _previous = [];
        private int _count;
        private int _head = Free;
        private int _tail = Free;

        public Layout(PieceTrie trie)
        {
            _trie = trie;
            AddBlock();
            Take(0, Root);
        }

        /// <summary>The base at which every child of the node has a cell, which is now its.</summary>
        public int Place(int node, ReadOnlySpan<byte> labels)
        {
            int start = FindBase(labels);
            _trie._cells[node].Base = start;
            foreach (byte label in labels)
            {
                Take(start ^ label, node);
            }

            return start;
        }

        private int FindBase(ReadOnlySpan<byte> labels)
        {
            for (int cell = _head; cell != Free; cell = _next[cell])
            {
                int start = cell ^ labels[0];
                bool fits = true;
                for (int i = 1; fits && i < labels.Length; i++)
                {
                    fits = _trie._cells[start ^ labels[i]].Parent == Free;
                }

                if (fits)
                {
                    return start;
                }
            }

            return AddBlock();
        }

        private int AddBlock()
        {
            int start = _count;
            _count += BlockSize;
            int blocks = start / BlockSize;
            if (blocks >= OpenBlocks)
            {
                CloseBlock((blocks - OpenBlocks) * BlockSize);
            }

            Grow(ref _trie._cells);
            Grow(ref _next);
            Grow(ref _previous);
            for (int cell = start; cell < _count; cell++)
            {
                _trie._cells[cell] = new(0, Free, NoPiece);
                (_next[cell], _previous[cell]) = (Free, _tail);
                if (_tail == Free)
                {
                    _head = cell;
                }
                else
                {
                    _next[_tail] = cell;
                }

                _tail = cell;
            }

            return start;
        }

        private void CloseBlock(int start)
        {
            for (int cell = start; cell < start + BlockSize; cell++)
            {
                if (_trie._cells[cell].Parent == Free)
                {
                    Unlink(cell);
                }
            }
        }

        private void Take(int cell, int parent)
        {
            // A closed block's free cells are out of the list, and no base leads to them.
            Unlink(cell);
            _trie._cells[cell].Parent = parent;
        }

        private void Unlink(int cell)
        {
            (int next, int previous) = (_next[cell], _previous[cell]);
            (_head, _tail) = (_head == cell ? next : _head, _tail == cell ? previous : _tail);
            if (next != Free)
            {
                _previous[next] = previous;
            }

            if (previous != Free)
            {
                _next[previous] = next;
            }
        }

        public void Trim() => Array.Resize(ref _trie._cells, _count);

        private void Grow<T>(ref T[] array)
        {
            if (array.Length < _count)
            {
                Array.Resize(ref array, Math.Max(_count, array.Length * 2));
            }
        }
    }
}
