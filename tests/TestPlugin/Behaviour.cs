namespace Kilometers.TestPlugin;

/// <summary>What the environment asks of the plugin; see Program.cs.</summary>
internal static class Behaviour
{
    public static string? Setting(string name) =>
        Environment.GetEnvironmentVariable("TESTPLUGIN_" + name) is { Length: > 0 } value ? value : null;

    /// <summary>The process is at a point; freezes or ends there if asked.</summary>
    public static void Reach(string point)
    {
        var freeze = Setting("FREEZE_AT") == point;
        var exit = Setting("EXIT_AT") == point;
        var crash = Setting("CRASH_AT") == point;
        if (!(freeze || exit || crash) || !IsFirstTime())
            return;
        if (exit)
            Environment.Exit(3);
        if (crash)
            new Thread(() => throw new InvalidOperationException("TESTPLUGIN_CRASH_AT=" + point)).Start();
        Thread.Sleep(Timeout.Infinite);
    }

    private static bool IsFirstTime()
    {
        if (Setting("ONCE") is not { } marker)
            return true;
        if (File.Exists(marker))
            return false;
        File.WriteAllText(marker, "");
        return true;
    }
}
