using YamlDotNet.RepresentationModel;

namespace Kilometers.Packager.Tests.Scaffolding;

/// <summary>The workflow of a new project: the commands of its steps.</summary>
internal sealed class MadeWorkflow(string path)
{
    /// <summary>What a step runs, with <c>bash -e</c>.</summary>
    /// <param name="job">The job.</param>
    /// <param name="step">The step's name.</param>
    public string this[string job, string step]
    {
        get
        {
            var stream = new YamlStream();
            using var reader = new StreamReader(path);
            stream.Load(reader);
            var jobs = stream.Documents[0].RootNode["jobs"];
            var steps = ((YamlSequenceNode)jobs[job]["steps"]).Cast<YamlMappingNode>();
            var named = Assert.Single(steps, node =>
                node.Children.TryGetValue("name", out var name) && ((YamlScalarNode)name).Value == step
            );
            return ((YamlScalarNode)named["run"]).Value!;
        }
    }
}
