using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace DistillStudio.Access;

/// <summary>
/// Limits the number of unauthenticated connections, per address and in total. A new connection beyond the limit replaces the
/// oldest one, so that the owner can always connect, even from the same address. Idle connections are aborted.
/// </summary>
/// <remarks>
/// A connection is a guest until a request on it is admitted. If no token is required, every request is admitted, and its
/// connection becomes a guest again once the response is complete.
/// </remarks>
internal sealed class GuestConnections(AccessPlan plan, TimeProvider time)
{
    public const int MostOfOneAddress = 100;

    public const int Most = 1000;

    /// <summary>Maximum idle time of a guest connection.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly LinkedList<Connection> _guests = new(); // oldest first, as in each address's list
    private readonly Dictionary<IPAddress, LinkedList<Connection>> _byAddress = [];

    /// <summary>Current number of guest connections.</summary>
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

    /// <summary>Connection middleware that runs before all others, including TLS.</summary>
    public ConnectionDelegate Accept(ConnectionDelegate next) => async context =>
    {
        IPAddress? from = (context.RemoteEndPoint as IPEndPoint)?.Address;
        bool isProxy = from is not null && plan.Proxies.Contains(from);
        var connection =
            new Connection(context, isProxy ? null : TokenGate.Network(from ?? IPAddress.None)) { Since = time.GetTimestamp() };
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

    /// <summary>Request middleware that tracks the active requests of a connection.</summary>
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

    /// <summary>Admits the request: its connection is no longer a guest.</summary>
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

    /// <summary>
    /// Aborts an idle guest connection. Excludes trusted proxies, which keep connections alive; Kestrel closes those after a longer time.
    /// </summary>
    private void EndIfSilent(object state)
    {
        var connection = (Connection)state;
        bool isSilent = Volatile.Read(ref connection.Requests) == 0
            && time.GetElapsedTime(Volatile.Read(ref connection.Since)) > IdleTimeout;
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

        /// <summary>Null for a trusted proxy, which forwards many clients.</summary>
        public IPAddress? Address { get; }

        public LinkedListNode<Connection> Place { get; }

        public LinkedListNode<Connection> PlaceOfAddress { get; }

        public bool WasAdmitted { get; set; }

        public bool IsClosed { get; set; }
    }
}
