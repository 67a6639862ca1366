using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>Sessions by their rows; asks for all again when one is not known.</summary>
internal sealed class SessionCache(RecordingReader reader)
{
    private Dictionary<long, RecordedSession> _known = [];

    public RecordedSession? Find(long row)
    {
        if (!_known.ContainsKey(row))
            _known = reader.Sessions().ToDictionary(session => session.Row);
        return _known.GetValueOrDefault(row);
    }
}
