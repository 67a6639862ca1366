namespace Kilometers.PluginHost.Launch;

/// <summary>What keeps a plugin apart from the rest, in layers that build on each other (docs/isolation.md).</summary>
internal enum IsolationLayer
{
    /// <summary>None is demanded.</summary>
    None = 0,

    /// <summary>L0: a process and group of its own, an allow-listed environment, no descriptors of km's, a private directory, AutoMTLS.</summary>
    Process = 1,

    /// <summary>L1: limits of memory, open files and file size; no core dumps.</summary>
    Limits = 2,

    /// <summary>L2: a control group with exact limits of memory, tasks and processor time.</summary>
    ControlGroup = 3,

    /// <summary>L3: no files but its own, no network, no other processes, no capabilities.</summary>
    Confinement = 4,
}

/// <summary>One layer of one plugin.</summary>
/// <param name="Layer">Which.</param>
/// <param name="IsReached">Whether it is in force. A layer is asked for only where it is there, and a plugin for which one that was asked for fails is not started.</param>
/// <param name="Detail">What it consists of, or why it is not there.</param>
internal sealed record LayerResult(IsolationLayer Layer, bool IsReached, string Detail)
{
    /// <summary>Its short name, <c>L0</c> to <c>L3</c>.</summary>
    public string Name => "L" + ((int)Layer - 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The layers of one plugin, from L0 up.</summary>
/// <param name="Layers">All four.</param>
internal sealed record IsolationReport(IReadOnlyList<LayerResult> Layers)
{
    /// <summary>Whether what is demanded is in force: the layer and those below it. A control group is demanded by itself only: nothing builds on it.</summary>
    public bool Satisfies(IsolationLayer minimum) => Layers.All(layer =>
        layer.IsReached || layer.Layer > minimum || (layer.Layer == IsolationLayer.ControlGroup && minimum != IsolationLayer.ControlGroup));

    /// <summary>In one line: <c>L0 L1 L3; L2 not: no control groups of version 2</c>.</summary>
    public override string ToString()
    {
        var missing = Layers.Where(layer => !layer.IsReached).Select(layer => $"; {layer.Name} not: {layer.Detail}");
        return string.Join(' ', Layers.Where(layer => layer.IsReached).Select(layer => layer.Name)) + string.Concat(missing);
    }
}
