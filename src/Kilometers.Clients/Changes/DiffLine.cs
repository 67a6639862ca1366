namespace Kilometers.Clients.Changes;

/// <summary>A line of a unified diff.</summary>
/// <param name="Sign"><c>@</c>, space, <c>-</c> or <c>+</c>.</param>
/// <param name="Text">The line without its sign, secrets hidden.</param>
internal readonly record struct DiffLine(char Sign, string Text)
{
    public override string ToString() => Sign == '@' ? Text : Sign + Text;
}
