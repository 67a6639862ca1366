using System.Text;

namespace Kilometers.Clients.Tests.Generation;

/// <summary>A configuration as dice decide it: in one of the syntaxes, and not always in order.</summary>
/// <param name="Client">Whose it is.</param>
/// <param name="Bytes">Its content.</param>
/// <param name="IsBroken">Whether it was damaged, which does not always show.</param>
/// <param name="Servers">What is in it, unless it was damaged.</param>
internal sealed record GeneratedFile(string Client, byte[] Bytes, bool IsBroken, IReadOnlyList<GeneratedServer> Servers)
{
    private static readonly (string Client, string NewLine)[] Kinds =
    [
        ("cursor", "\n"),
        ("cursor", "\r\n"),
        ("codex", "\n"),
        ("codex", "\r\n"),
        ("goose", "\n"),
        ("goose", "\r\n"),
    ];

    public static GeneratedFile Make(Dice dice)
    {
        var (client, newLine) = Kinds[dice.Number(Kinds.Length)];
        var servers = GeneratedServer.Some(dice);
        var text = client switch
        {
            "cursor" => new JsonFile(dice, newLine).Write(servers),
            "codex" => new TomlFile(dice, newLine).Write(servers),
            _ => new YamlFile(dice, newLine).Write(servers),
        };
        byte[] bytes = [.. dice.Chance(15) ? Encoding.UTF8.Preamble : [], .. Encoding.UTF8.GetBytes(text)];
        var isBroken = dice.Chance(12);
        return new GeneratedFile(client, isBroken ? Break(dice, bytes) : bytes, isBroken, servers);
    }

    /// <summary>Puts it where its client looks for it; sometimes a link leads to it.</summary>
    /// <returns>The place, and the file itself.</returns>
    public (string File, string Target) Put(ClientHome home, Dice dice)
    {
        var file = home.Write(Client, []);
        File.Delete(file);
        var target = file;
        if (dice.Chance(30))
        {
            target = Path.Combine(home.Folder, "elsewhere.txt");
            File.CreateSymbolicLink(file, dice.Of(target, Path.GetRelativePath(Path.GetDirectoryName(file)!, target)));
        }

        File.WriteAllBytes(target, Bytes);
        return (file, target);
    }

    /// <summary>Damages a file, not always so that it shows.</summary>
    private static byte[] Break(Dice dice, byte[] bytes)
    {
        var at = dice.Number(bytes.Length + 1);
        return dice.Number(6) switch
        {
            0 => [.. bytes[..at], 0xFF, .. bytes[at..]],
            1 => [.. bytes[..at], 0xC3, (byte)'(', .. bytes[at..]],
            2 => bytes[..at],
            3 => [.. bytes[..at], .. Encoding.UTF8.GetBytes(new string('[', 70)), .. bytes[at..]],
            4 => [.. bytes[..at], .. bytes[(at / 2)..at], .. bytes[at..]],
            _ => [.. bytes[..at], (byte)dice.Number(32), .. bytes[at..]],
        };
    }
}
