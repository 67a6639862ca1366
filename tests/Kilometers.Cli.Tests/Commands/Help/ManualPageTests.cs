using System.CommandLine;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Commands.Help;

namespace Kilometers.Cli.Tests.Commands.Help;

public sealed class ManualPageTests
{
    private static readonly string[] Requests = [".TH", ".SH", ".TP", ".BR", ".nf", ".fi", ".nh", ".ad", ".sp"];

    [Fact]
    public void OfCommand_Monitor_HasEveryOption()
    {
        var command = RootCommandLine.Create([]).Subcommands.Single(sub => sub.Name == "monitor");
        var page = ManualPage.OfCommand("km monitor", command, "2026-11-29");
        Assert.StartsWith(".TH KM\\-MONITOR 1 \"2026-11-29\"", page, StringComparison.Ordinal);
        Assert.All(command.Options.Select(option => option.Name.Replace("-", "\\-", StringComparison.Ordinal)), option =>
            Assert.Contains($"\\fB{option}", page, StringComparison.Ordinal)
        );
        Assert.DoesNotContain(".nf\nExample", ManualPage.OfCommand("km help", HelpCommand.Create(), ""), StringComparison.Ordinal);
    }

    [Fact]
    public void OfCommand_ALineOfTextThatLooksLikeARequest_IsText()
    {
        var page = ManualPage.OfCommand("km x", new Command("x", ".so /etc/passwd"), "");
        Assert.Contains("\n\\&.so /etc/passwd\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AllPages_HaveOnlyRequestsOfOurs()
    {
        var folder = Directory.CreateTempSubdirectory("km-man-");
        try
        {
            ManualCommand.Run(folder.FullName, "2026-11-29");
            Assert.Contains("km-plugins-install.1", folder.GetFiles().Select(file => file.Name));
            Assert.Contains("km-environment.7", folder.GetFiles().Select(file => file.Name));
            Assert.All(folder.GetFiles().SelectMany(file => File.ReadLines(file.FullName)).Where(line => line.StartsWith('.')), line =>
                Assert.Contains(line.Split(' ')[0], Requests)
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
