using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Kilometers.Architecture.Tests;

/// <summary>The build server's files cannot run here: they are thin, and what can be checked of them is.</summary>
public sealed partial class WorkflowTests
{
    private static IEnumerable<string> Workflows => Files.Where(file => file.StartsWith(".github/workflows/", StringComparison.Ordinal));

    private static IEnumerable<string> Files =>
        Repository.Files.Where(file =>
            file.StartsWith(".github/", StringComparison.Ordinal) && file.EndsWith(".yml", StringComparison.Ordinal)
        );

    [Fact]
    public void Each_is_one_document_of_YAML()
    {
        Assert.NotEmpty(Files);
        Assert.All(Files, file => Assert.IsType<YamlMappingNode>(Load(file)));
    }

    [Fact]
    public void A_workflow_has_a_name_an_event_and_jobs_with_a_machine_and_steps()
    {
        Assert.NotEmpty(Workflows);
        foreach (var workflow in Workflows.Select(Load))
        {
            Assert.Subset(workflow.Children.Keys.Select(Text).ToHashSet(), new HashSet<string> { "name", "on", "permissions", "jobs" });
            foreach (var job in ((YamlMappingNode)workflow["jobs"]).Children.Values.Cast<YamlMappingNode>())
            {
                Assert.Contains("runs-on", job.Children.Keys.Select(Text));
                Assert.All(((YamlSequenceNode)job["steps"]).Cast<YamlMappingNode>(), step =>
                    Assert.Single(step.Children.Keys.Select(Text), key => key is "run" or "uses")
                );
            }
        }
    }

    [Fact]
    public void A_step_runs_scripts_of_ours_that_exist()
    {
        var named = from file in Workflows from Match script in Script().Matches(Repository.Read(file)) select script.Value;
        Assert.NotEmpty(named);
        Rule.Holds(named.Where(script => !Repository.Exists(script)));
    }

    private static YamlMappingNode Load(string file)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(Repository.Read(file));
        stream.Load(reader);
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    [GeneratedRegex(@"(?<=[\s ])(\.ci|eng)/[\w.-]+|\./\w+\.sh")]
    private static partial Regex Script();
}
