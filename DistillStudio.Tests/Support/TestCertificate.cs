using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DistillStudio.Tests.Support;

/// <summary>A certificate of this machine's own, for a day before and after now.</summary>
internal static class TestCertificate
{
    public const string Password = "secret";

    /// <summary>Writes it as a PFX file with the password.</summary>
    /// <returns>Its thumbprint.</returns>
    public static string Write(TempFolder folder, string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        folder.Write(name, certificate.Export(X509ContentType.Pfx, Password));
        return certificate.Thumbprint;
    }
}
