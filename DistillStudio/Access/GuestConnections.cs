using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace DistillStudio.Access;

/// <summary>
/// Keeps connections on which nobody is signed in from filling the server. Each address has room for so many, and all together for some more; the one that
/// comes next takes the place of the oldest, so that its owner always gets in, from the same address too. One that asks nothing is ended soon.
/// </summary>
/// <remarks>
/// A connection is a guest until a request on it was let in. Where no token is demanded, every request is let in, and its connection is a guest again when
/// it has been answered.
/// </remarks>
internal sealed class GuestConnections(AccessPlan plan, TimeProvider time)
{
    public const int MostOfOneAddress = 100;

    public const int Most = 1000;

    /// <summary>How long a guest may ask nothing.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly LinkedList<Connection> _guests = new(); // the oldest first, as in each address's own list
    private readonly Dictionary<IPAddress, LinkedList<Connection>> _byAddress = [];

    /// <summary>Guests now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _guests.Count;
            }
        }
    }

    /// <summary>Stands before all that is done with a connection, encryption included.</summary>
    public ConnectionDelegate Accept(ConnectionDelegate next) => async context =>
    {
        IPAddress? from = (context.RemoteEndPoint as IPEndPoint)?.Address;
        bool isProxy = from is not null && plan.Proxies.Contains(from);
        var connection = new Connection(context, isProxy ? null : TokenGate.Network(from ?? IPAddress.None)) { Since = time.GetTimestamp() };
        context.Features.Set(connection);
        context.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(EndIfSilent, connection);
        Enter(connection);
        try
        {
            await next(context);
        }
        finally
        {
            lock (_gate)
            {
                connection.IsClosed = true;
                Remove(connection);
            }
        }
    };

    /// <summary>Answers a request of a connection.</summary>
    public async Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<Connection>() is not { } connection)
        {
            await next(context);
            return;
        }

        Interlocked.Increment(ref connection.Requests);
        try
        {
            await next(context);
        }
        finally
        {
            Volatile.Write(ref connection.Since, time.GetTimestamp());
            if (Interlocked.Decrement(ref connection.Requests) == 0 && plan.Token is null)
            {
                Enter(connection);
            }
        }
    }

    /// <summary>The request may go on: its connection is no guest.</summary>
    public void Admit(HttpContext context)
    {
        if (context.Features.Get<Connection>() is { } connection)
        {
            lock (_gate)
            {
                connection.WasAdmitted = true;
                Remove(connection);
            }
        }
    }

    private void Enter(Connection connection)
    {
        Connection? oldest = null;
        lock (_gate)
        {
            if (connection.Place.List is not null || connection.IsClosed)
            {
                return;
            }

            _guests.AddLast(connection.Place);
            if (connection.Address is { } address)
            {
                if (!_byAddress.TryGetValue(address, out LinkedList<Connection>? ofAddress))
                {
                    _byAddress.Add(address, ofAddress = new());
                }

                ofAddress.AddLast(connection.PlaceOfAddress);
                oldest = ofAddress.Count > MostOfOneAddress ? ofAddress.First!.Value : null;
            }

            oldest ??= _guests.Count > Most ? _guests.First!.Value : null;
            if (oldest is not null)
            {
                Remove(oldest);
            }
        }

        oldest?.Context.Abort();
    }

    private void Remove(Connection connection)
    {
        if (connection.Place.List is null)
        {
            return;
        }

        _guests.Remove(connection.Place);
        if (connection.Address is { } address && _byAddress[address] is { } ofAddress)
        {
            ofAddress.Remove(connection.PlaceOfAddress);
            if (ofAddress.Count == 0)
            {
                _byAddress.Remove(address);
            }
        }
    }

    /// <summary>A trusted proxy keeps connections for later; Kestrel ends them after a longer while.</summary>
    private void EndIfSilent(object state)
    {
        var connection = (Connection)state;
        bool isSilent = Volatile.Read(ref connection.Requests) == 0 && time.GetElapsedTime(Volatile.Read(ref connection.Since)) > Patience;
        if (isSilent && !connection.WasAdmitted && connection.Address is not null)
        {
            connection.Context.Abort();
        }
    }

    private sealed class Connection
    {
        public int Requests;
        public long Since;

        public Connection(ConnectionContext context, IPAddress? address)
        {
            (Context, Address) = (context, address);
            Place = new(this);
            PlaceOfAddress = new(this);
        }

        public ConnectionContext Context { get; }

        /// <summary>Null for a trusted proxy, which brings many visitors.</summary>
        public IPAddress? Address { get; }

        public LinkedListNode<Connection> Place { get; }

        public LinkedListNode<Connection> PlaceOfAddress { get; }

        public bool WasAdmitted { get; set; }

        public bool IsClosed { get; set; }
    }
}
