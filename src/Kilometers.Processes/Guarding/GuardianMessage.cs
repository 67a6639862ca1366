using System.Text;

namespace Kilometers.Processes.Guarding;

/// <summary>
/// What a process tells its guardian: two texts, each followed by a zero byte. No path can hold one, so no path can end a message early
/// or begin another, whatever else is in it.
/// </summary>
/// <param name="Kind">One of the constants; any other is passed over.</param>
/// <param name="Argument">What it is about.</param>
internal sealed record GuardianMessage(string Kind, string Argument)
{
    public const string Protect = "protect";
    public const string Release = "release";
    public const string Delete = "delete";
    public const string EndIfStopped = "end-if-stopped";
    public const string Done = "done";

    public byte[] Encode()
    {
        if (Argument.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("A zero byte ends a message.");
        return Encoding.UTF8.GetBytes($"{Kind}\0{Argument}\0");
    }
}
