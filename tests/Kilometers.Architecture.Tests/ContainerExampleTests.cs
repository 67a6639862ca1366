using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Kilometers.Architecture.Tests;

/// <summary>The examples for containers name settings, commands and paths that there are, and lock the container as the documentation says.</summary>
public sealed partial class ContainerExampleTests
{
    private const string Compose = "docs/operations/containers/compose.yaml";
    private const string Kubernetes = "docs/operations/containers/kubernetes.yaml";

    [Theory]
    [InlineData(Compose)]
    [InlineData(Kubernetes)]
    public void Every_setting_is_one_of_the_API(string file)
    {
        var known = Setting()
            .Matches(Repository.Read("docs/api.md"))
            .Select(match => match.Groups[1].Value.Replace(":", "__", StringComparison.Ordinal))
            .ToHashSet();
        var named = Variable().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.InRange(named.Count, 4, int.MaxValue);
        Assert.Subset(known, named);
    }

    [Fact]
    public void Each_node_of_the_compose_file_is_locked_and_uses_commands_that_there_are()
    {
        var services = (YamlMappingNode)Read(Compose).Single()["services"];
        foreach (var name in new[] { "api", "migrate" })
        {
            var service = services[name];
            Assert.Equal("true", service["read_only"].ToString());
            Assert.Equal(["ALL"], Texts(service["cap_drop"]));
            Assert.Contains("no-new-privileges:true", Texts(service["security_opt"]));
        }

        Assert.Equal(["migrate", "--data", "/var/lib/km-api"], Texts(services["migrate"]["command"]));
        Assert.Equal(["CMD", "/usr/bin/km-api", "health"], Texts(services["api"]["healthcheck"]["test"]).Take(3));
    }

    [Fact]
    public void The_objects_for_Kubernetes_belong_together()
    {
        var objects = Read(Kubernetes).ToDictionary(one => one["kind"].ToString());
        Assert.Equal(["ConfigMap", "Deployment", "PodDisruptionBudget", "Service"], objects.Keys.Order());
        var spec = objects["Deployment"]["spec"];
        var pod = spec["template"]["spec"];
        var label = spec["template"]["metadata"]["labels"].ToString();
        Assert.Equal(label, spec["selector"]["matchLabels"].ToString());
        Assert.Equal(label, objects["Service"]["spec"]["selector"].ToString());
        Assert.Equal(label, objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"].ToString());
        Assert.Equal("64000", pod["securityContext"]["runAsUser"].ToString());
        var volumes = ((YamlSequenceNode)pod["volumes"]).Select(volume => volume["name"].ToString()).ToList();
        foreach (var container in ((YamlSequenceNode)pod["containers"]).Concat((YamlSequenceNode)pod["initContainers"]))
        {
            Assert.Equal("true", container["securityContext"]["readOnlyRootFilesystem"].ToString());
            Assert.Equal("false", container["securityContext"]["allowPrivilegeEscalation"].ToString());
            Assert.Equal(volumes, ((YamlSequenceNode)container["volumeMounts"]).Select(mount => mount["name"].ToString()));
        }

        // Each file that a setting names is in a volume.
        var mounts = ((YamlSequenceNode)pod["containers"][0]["volumeMounts"]).Select(mount => mount["mountPath"].ToString()).ToList();
        foreach (var (name, value) in ((YamlMappingNode)objects["ConfigMap"]["data"]).Children)
            if (name.ToString().EndsWith("File", StringComparison.Ordinal) || name.ToString().EndsWith("Folder", StringComparison.Ordinal))
                Assert.Contains(mounts, mount => (value + "/").StartsWith(mount + "/", StringComparison.Ordinal));
    }

    [Fact]
    public void The_image_has_the_user_and_the_port_of_the_examples()
    {
        var image = Repository.Read("eng/release/container.sh");
        Assert.Contains("User: \"64000:64000\"", image, StringComparison.Ordinal);
        Assert.Contains("\"5080/tcp\"", image, StringComparison.Ordinal);
        Assert.Contains("containerPort: 5080", Repository.Read(Kubernetes), StringComparison.Ordinal);
    }

    private static IEnumerable<YamlNode> Read(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Repository.Read(file)));
        return stream.Documents.Select(document => document.RootNode);
    }

    private static IEnumerable<string> Texts(YamlNode list) => ((YamlSequenceNode)list).Select(one => one.ToString());

    [GeneratedRegex("`([A-Z][A-Za-z]+(?::[A-Z][A-Za-z]+)*)`")]
    private static partial Regex Setting();

    [GeneratedRegex("KM_API__([A-Za-z_]+)")]
    private static partial Regex Variable();
}
