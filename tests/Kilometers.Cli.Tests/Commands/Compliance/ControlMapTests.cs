using System.Text;
using Kilometers.Cli.Commands.Compliance;
using Kilometers.Contracts;

namespace Kilometers.Cli.Tests.Commands.Compliance;

public sealed class ControlMapTests
{
    private const string Control = """{"id": "X.1", "title": "t", "evidence": ["proof"], "shows": "s", "doesNotShow": "d"}""";

    [Fact]
    public void Load_BuiltIn_HasBothFrameworksAndEverySection()
    {
        var controls = ControlMap.Load(null).Controls;
        Assert.Equal(2, controls.Select(control => control.Framework).Distinct().Count());
        Assert.Equal(
            EvidenceSections.Names.Order(StringComparer.Ordinal),
            controls.SelectMany(control => control.Evidence).Append("clients").Distinct().Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Read_AValidFile_KeepsItsOrder()
    {
        var map = Read(
            $$"""{"version": 1, "frameworks": [{"name": "Ours", "controls": [{{Control}}, {{Control.Replace("X.1", "A", StringComparison.Ordinal)}}]}]}"""
        );
        Assert.Equal(["X.1", "A"], map.Controls.Select(control => control.Id));
        Assert.Equal("Ours", map.Controls[0].Framework);
    }

    [Theory]
    [InlineData("{", "line 1, column 2")]
    [InlineData("[]", "line 1, column 1: it must be an object")]
    [InlineData("{\n  \"version\": 2}", "line 2, column 14: version must be 1")]
    [InlineData("{\"frameworks\": []}", "line 1, column 16: it must be a list with at least one entry")]
    [InlineData("{\"version\": 1}", "line 1, column 1: there is no control in it")]
    [InlineData("{\"version\": 1,\n\"frame\": 1}", "line 2, column 1: 'frame' is unknown")]
    [InlineData("{\"version\": 1, \"frameworks\": [{\"name\": \"Ours\"}]}", "line 1, column 31: controls is missing")]
    [InlineData(
        "{\"version\": 1, \"frameworks\": [{\"name\": \"Ours\", \"controls\": [\n{\"id\": \"X\"}]}]}",
        "line 2, column 1: title is missing"
    )]
    [InlineData(
        "{\"version\": 1, \"frameworks\": [{\"name\": \"Ours\", \"controls\": [\n{\"id\": \"X\", \"evidence\": [\"proof\", \"tea\"]}]}]}",
        "line 2, column 35: it must be a section of the report: proof, servers"
    )]
    [InlineData(
        "{\"version\": 1, \"frameworks\": [{\"name\": \"Ours\", \"controls\": [CONTROL,\n CONTROL]}]}",
        "line 2, column 9: another control of Ours has this id"
    )]
    [InlineData(
        "{\"version\": 1, \"frameworks\": [{\"name\": \"Ours\", \"controls\": [CONTROL]}, {\"name\": \"Ours\", \"controls\": [CONTROL]}]}",
        "another framework has this name"
    )]
    public void Read_AMistake_SaysWhereItIs(string json, string expected)
    {
        var error = Assert.Throws<KmException>(() => Read(json.Replace("CONTROL", Control, StringComparison.Ordinal))).Error;
        Assert.Equal(ErrorCode.ComplianceControls, error.Code);
        Assert.Contains(expected, error.Detail, StringComparison.Ordinal);
    }

    private static ControlMap Read(string json) => ControlMap.Read(Encoding.UTF8.GetBytes(json), "mine.json");
}
