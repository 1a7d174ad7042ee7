using DistillStudio.Cluster;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>Where the runs of a form are trained, and what there is to choose from.</summary>
/// <param name="Profiles">Names of the cluster's profiles; none if none can be used.</param>
/// <param name="Usual">The profile that is preselected; null for this machine.</param>
/// <param name="WhyNot">Why no profile can be chosen, as a sentence; null if one can.</param>
public sealed record RunOn(IReadOnlyList<string> Profiles, string? Usual, string? WhyNot)
{
    /// <summary>Value of the choice of this machine; a profile's name holds no space.</summary>
    public const string Here = "this machine";

    private const string Key = "on";

    /// <summary>The chosen profile; null for this machine.</summary>
    public string? Profile { get; init; } = Usual;

    /// <summary>Reads the profiles of the home, and the choice in an address.</summary>
    /// <param name="query">The address; a profile that is not there is a problem of it.</param>
    /// <param name="profiles">The profiles of the home.</param>
    /// <param name="manager">Knows whether they can be used.</param>
    /// <param name="like">Profile of the run or study whose settings are taken over; null for none.</param>
    public static RunOn Read(PageQuery query, ClusterProfiles profiles, IRunManager manager, string? like)
    {
        RunOn known = Of(profiles, manager);
        return query.Text(Key) switch
        {
            null => known with { Profile = like is not null && known.Profiles.Contains(like) ? like : known.Usual },
            Here => known with { Profile = null },
            { } asked when known.Profiles.Contains(asked) => known with { Profile = asked },
            { } asked => known.Refuse(query, asked),
        };
    }

    /// <summary>Adds the choice to an address.</summary>
    public PageQuery Write(PageQuery query) => query.Set(Key, Profile == Usual ? null : Profile ?? Here);

    private static RunOn Of(ClusterProfiles profiles, IRunManager manager)
    {
        if (manager.WhyNoCluster is { } why)
        {
            return new([], null, why);
        }

        try
        {
            string[] names = [.. profiles.List().Select(profile => profile.Name)];
            return names.Length > 0
                ? new(names, names.FirstOrDefault(name => name == profiles.Default), null)
                : new([], null, "There is no profile of a cluster yet; add one.");
        }
        catch (InputException e)
        {
            return new([], null, e.Message);
        }
    }

    private RunOn Refuse(PageQuery query, string asked)
    {
        if (WhyNot is not null)
        {
            query.Note(Key, $"{Key}={SettingLimits.Cut(asked, 40)} has no effect: {WhyNot}");
            return this;
        }

        return query.Refuse(Key, $"{string.Join(", ", Profiles)} or {Here}", this);
    }
}
