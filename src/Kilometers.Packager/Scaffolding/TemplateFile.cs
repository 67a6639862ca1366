using System.Reflection;

namespace Kilometers.Packager.Scaffolding;

/// <summary>A file of a new project, and the resource of this assembly that its content comes from.</summary>
/// <param name="Resource">The resource's name: <c>CSharp/Program.cs</c> is <c>Templates/CSharp/Program.cs.template</c>.</param>
/// <param name="Path">The file's path in the project, with slashes; placeholders in it are filled in, too.</param>
/// <param name="IsExecutable">Whether it is a program or script.</param>
internal sealed record TemplateFile(string Resource, string Path, bool IsExecutable = false)
{
    /// <summary>Reads the template.</summary>
    /// <returns>Its text, with its placeholders.</returns>
    public string Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"no resource {Resource}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
