using System.Text;

namespace Kilometers.Processes.Guarding;

/// <summary>Puts messages together from pieces of any size. What never became whole is never a message.</summary>
internal sealed class GuardianMessageReader
{
    private readonly List<byte> _pending = [];
    private string? _kind;

    /// <summary>Takes the next bytes and returns the messages that end in them.</summary>
    public IReadOnlyList<GuardianMessage> Read(ReadOnlySpan<byte> bytes)
    {
        var messages = new List<GuardianMessage>();
        foreach (var next in bytes)
        {
            if (next != 0)
            {
                _pending.Add(next);
                continue;
            }

            var text = Encoding.UTF8.GetString([.. _pending]);
            _pending.Clear();
            if (_kind is { } kind)
                messages.Add(new GuardianMessage(kind, text));
            _kind = _kind is null ? text : null;
        }

        return messages;
    }
}
